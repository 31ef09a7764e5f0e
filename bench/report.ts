import { writeFileSync } from 'node:fs'

/** Prints the rows as a table; after `--json FILE` among the arguments they go to that file as well. */
export function report(rows: object, argv: readonly string[]): void {
  console.table(rows)
  writeJson(rows, argv)
}

/** Writes the result to the file after `--json`, if there is one. */
export function writeJson(result: object, argv: readonly string[]): void {
  const at = argv.indexOf('--json')
  const file = at < 0 ? undefined : argv[at + 1]
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(result, undefined, 2)}\n`)
}
