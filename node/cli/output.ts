import { inspect } from 'node:util'
import { NodeError } from '../../core/errors.ts'
import { exitCodeOf } from './exit.ts'

/** Where verbs write: results to stdout, everything else to stderr. */
export type Output = {
  /** A result: text for people, or one JSON value with `--json`. */
  result(text: string, data: unknown): void
  /** Progress and remarks for people; silent with `--quiet` and `--json`. */
  note(text: string): void
}

export function createOutput(style: { readonly json: boolean; readonly quiet: boolean }): Output {
  return {
    result: (text, data) => void process.stdout.write(`${style.json ? toJson(data) : text}\n`),
    note: (text) => {
      if (!style.json && !style.quiet) process.stderr.write(`${text}\n`)
    },
  }
}

/** JSON on one line; numbers beyond 53 bits as decimal text. */
export function toJson(data: unknown): string {
  return JSON.stringify(data, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))
}

/**
 * Prints a failure as one line with cause and fix to stderr (as JSON with `json`, with the stack only with `debug`)
 * and returns the exit code.
 */
export function reportFailure(error: unknown, style: { readonly json: boolean; readonly debug: boolean }): number {
  const { code, message, fix } = describe(error)
  const line = style.json ? toJson({ error: { code, message, fix } }) : sentence(message, fix)
  process.stderr.write(`${line}\n`)
  if (style.debug) process.stderr.write(`${inspect(error)}\n`)
  return exitCodeOf(code)
}

function sentence(message: string, fix: string): string {
  if (fix === '') return `openledger: ${message}.`
  return `openledger: ${message}. Fix: ${fix}${fix.endsWith('?') ? '' : '.'}`
}

function describe(error: unknown): { code: string; message: string; fix: string } {
  if (error instanceof NodeError) {
    return { code: error.code, message: oneLine(error.message), fix: oneLine(error.fix ?? '') }
  }
  const message = error instanceof Error ? error.message : String(error)
  const fix = 'run again with --log.level debug and report what it prints'
  return { code: 'unexpected', message: `unexpected failure: ${oneLine(message)}`, fix }
}

function oneLine(text: string): string {
  return text
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim()
    .replace(/\.$/, '')
}
