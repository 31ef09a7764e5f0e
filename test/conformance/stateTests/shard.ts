import { type Failure, runStateTestFile } from './run.ts'
import { readStateTestFile } from './vectors.ts'

/** What a shard says about a file it was given: how it came out. */
export type ShardReport = { readonly file: string; readonly cases: number; readonly failures: readonly Failure[] }

// A child process of the full run: it is sent one file name after the other, and answers each.
process.on('message', async (file: string) => {
  const { cases, failures } = await runStateTestFile(readStateTestFile(file)).catch((error: unknown) => ({
    cases: 0,
    failures: [{ name: file, problem: error instanceof Error ? (error.stack ?? error.message) : String(error) }],
  }))
  process.send?.({ file, cases, failures } satisfies ShardReport)
})
