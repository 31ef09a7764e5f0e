import assert from 'node:assert/strict'
import { NodeError } from '../../core/errors.ts'
import { commands } from '../../node/cli/commands.ts'
import { toJson } from '../../node/cli/output.ts'
import { parseArguments } from '../../node/cli/program.ts'
import { resolveConfig } from '../../node/config/resolve.ts'

/** What a verb printed: for people, as JSON, and its remarks. */
export type Printed<Facts> = { readonly text: string; readonly facts: Facts; readonly notes: readonly string[] }

/** Runs command lines in this process against the node of a URL. */
export function verbRunner<Facts>(url: string) {
  return async (...argv: readonly string[]): Promise<Printed<Facts>> => {
    const results: { text: string; facts: Facts }[] = []
    const notes: string[] = []
    const parsed = parseArguments(argv, commands, '0')
    assert(parsed !== undefined)
    const { command, flags, own, args } = parsed
    const env = { ETH_RPC_URL: url }
    const { config, sources } = resolveConfig({ verb: command.verb!, flags, env, isContainer: false })
    const out = {
      result: (text: string, data: unknown) => void results.push({ text, facts: JSON.parse(toJson(data)) }),
      note: (text: string) => void notes.push(text),
    }
    const { signal } = new AbortController()
    assert.equal(await command.run({ config, sources, args, own, out, signal }), 0)
    const [result] = results
    assert(result !== undefined && results.length === 1, 'one result')
    return { ...result, notes }
  }
}

/** True for a NodeError with a message and a fix like these. */
export function refusal(message: RegExp, fix: RegExp): (thrown: unknown) => boolean {
  return (thrown) => {
    assert(thrown instanceof NodeError, String(thrown))
    assert.match(thrown.message, message)
    assert.match(thrown.fix ?? '', fix)
    return true
  }
}
