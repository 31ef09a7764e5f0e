import { failure, type RpcFailure } from '../errors.ts'

/** No JSON has it: what callers send is never taken for a rejection. */
const rejected: unique symbol = Symbol('rejected')

/** Why a value is not what a parameter takes: a sentence, never input text. */
export type Bad = { readonly [rejected]: true; readonly bad: string }

/** A parser for one parameter. `type` names it in the docs. */
export type Param<T> = {
  readonly type: string
  readonly optional: boolean
  readonly parse: (value: unknown) => T | Bad
}

export type Values<P extends readonly Param<unknown>[]> = {
  readonly [K in keyof P]: P[K] extends Param<infer T> ? T : never
}

export function bad(sentence: string): Bad {
  return { [rejected]: true, bad: sentence }
}

export function isBad(value: unknown): value is Bad {
  return typeof value === 'object' && value !== null && rejected in value
}

export function param<T>(type: string, parse: (value: unknown) => T | Bad): Param<T> {
  return { type, optional: false, parse }
}

/** A parameter that may be missing or null; then it is `fallback`. */
export function optional<T, F>(inner: Param<T>, fallback: F): Param<T | F> {
  const parse = (value: unknown): T | F | Bad => (value === undefined || value === null ? fallback : inner.parse(value))
  return { type: `${inner.type}?`, optional: true, parse }
}

/** Values of a positional parameter list, or -32602 with geth's wording. */
export function parseParams(
  params: readonly Param<unknown>[],
  given: readonly unknown[],
): readonly unknown[] | RpcFailure {
  if (given.length > params.length) return failure('invalidParams', `too many arguments, want at most ${params.length}`)
  const values: unknown[] = []
  for (const [i, { optional: isOptional, parse }] of params.entries()) {
    const value = given[i]
    if (value === undefined && !isOptional) {
      return failure('invalidParams', `missing value for required argument ${i}`)
    }
    const parsed = parse(value)
    if (isBad(parsed)) return failure('invalidParams', `invalid argument ${i}: ${parsed.bad}`)
    values.push(parsed)
  }
  return values
}

/** Reads the members of a JSON object by a table of parsers; members that are missing or null stay undefined. */
export function parseMembers<T extends Record<string, Param<unknown>>>(
  value: unknown,
  members: T,
): { readonly [K in keyof T]: (T[K] extends Param<infer V> ? V : never) | undefined } | Bad {
  if (!isObject(value)) return bad('object expected')
  const parsed: Record<string, unknown> = {}
  for (const [name, { parse }] of Object.entries(members)) {
    const member = Object.hasOwn(value, name) ? value[name] : undefined
    if (member === undefined || member === null) continue
    const result = parse(member)
    if (isBad(result)) return bad(`${name}: ${result.bad}`)
    parsed[name] = result
  }
  return parsed as { readonly [K in keyof T]: (T[K] extends Param<infer V> ? V : never) | undefined }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An array of at most `max` values of one kind. */
export function list<T>(inner: Param<T>, max: number): Param<readonly T[]> {
  return param(`${inner.type}[]`, (value) => {
    if (!Array.isArray(value)) return bad('array expected')
    if (value.length > max) return bad(`too many elements, want at most ${max}`)
    const values: T[] = []
    for (const [i, item] of value.entries()) {
      const parsed = inner.parse(item)
      if (isBad(parsed)) return bad(`element ${i}: ${parsed.bad}`)
      values.push(parsed)
    }
    return values
  })
}
