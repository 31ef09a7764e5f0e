import { z } from 'zod'

/** How an option's value is written and checked. `schema` takes text (flag, env) and YAML values alike. */
export type OptionType<T> = {
  /** Shown in help and docs: `<port>`. */
  readonly label: string
  /** What it takes, in words: `a whole number from 0 to 65535`. */
  readonly expects: string
  readonly schema: z.ZodType<T>
  /** A switch takes no value on the command line. */
  readonly isSwitch: boolean
}

function valueType<T>(label: string, expects: string, schema: z.ZodType<T>): OptionType<T> {
  return { label, expects, schema, isSwitch: false }
}

const wholeNumber = z.union([
  z.number(),
  z
    .string()
    .regex(/^\d+$/)
    .transform((text) => Number(text)),
])

/** A whole number within bounds, both included. */
export function integer(label: string, minimum: number, maximum: number): OptionType<number> {
  const expects = `a whole number from ${minimum} to ${maximum}`
  return valueType(label, expects, wholeNumber.pipe(z.number().int().min(minimum).max(maximum)))
}

/** A number within bounds; fractions allowed. */
export function decimal(label: string, minimum: number, maximum: number): OptionType<number> {
  const text = z
    .string()
    .regex(/^\d+(?:\.\d+)?$/)
    .transform((digits) => Number(digits))
  const expects = `a number from ${minimum} to ${maximum}`
  return valueType(label, expects, z.union([z.number(), text]).pipe(z.number().min(minimum).max(maximum)))
}

/** A TCP port; 0 lets the system choose a free one. */
export const port: OptionType<number> = integer('port', 0, 65_535)

/** Text that is not empty. */
export function text(label: string): OptionType<string> {
  return valueType(label, 'some text', z.string().min(1))
}

/** A comma-separated list, or a YAML sequence. Empty entries are refused. */
export function list(label: string): OptionType<readonly string[]> {
  const parts = z.string().transform((joined) => (joined === '' ? [] : joined.split(',').map((part) => part.trim())))
  return valueType(
    label,
    'entries separated by commas, none of them empty',
    z.union([z.array(z.string()), parts]).pipe(z.array(z.string().min(1))),
  )
}

/** A comma-separated list of words from a closed set, or a YAML sequence of them. */
export function listOf<const T extends readonly [string, ...string[]]>(words: T): OptionType<readonly T[number][]> {
  const parts = z.string().transform((joined) => joined.split(',').map((part) => part.trim()))
  const known = z.array(z.enum(words))
  const schema = z.union([z.array(z.string()), parts]).pipe(known)
  return valueType('name,…', `some of ${words.join(', ')}`, schema) as OptionType<readonly T[number][]>
}

/** One of a closed set of words. */
export function oneOf<const T extends readonly [string, ...string[]]>(words: T): OptionType<T[number]> {
  return valueType(words.join('|'), `one of ${words.join(', ')}`, z.enum(words)) as OptionType<T[number]>
}

/** A switch: on the command line `--name`, or `--no-name` where the default is true; elsewhere true or false. */
export const flag: OptionType<boolean> = {
  label: 'true|false',
  expects: 'true or false',
  schema: z.union([
    z.boolean(),
    z.literal(['true', '1']).transform(() => true),
    z.literal(['false', '0']).transform(() => false),
  ]),
  isSwitch: true,
}
