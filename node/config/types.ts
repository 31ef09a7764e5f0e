import { z } from 'zod'

/** How an option's value is written and checked. `schema` takes text (flag, env) and YAML values alike. */
export type OptionType<T> = {
  /** Shown in help and docs: `<port>`. */
  readonly label: string
  readonly schema: z.ZodType<T>
  /** A switch takes no value on the command line. */
  readonly isSwitch: boolean
}

function valueType<T>(label: string, schema: z.ZodType<T>): OptionType<T> {
  return { label, schema, isSwitch: false }
}

const wholeNumber = z.union([
  z.number(),
  z
    .string()
    .regex(/^\d+$/, 'expected a whole number')
    .transform((text) => Number(text)),
])

/** A whole number within bounds, both included. */
export function integer(label: string, minimum: number, maximum: number): OptionType<number> {
  return valueType(label, wholeNumber.pipe(z.number().int().min(minimum).max(maximum)))
}

/** A number within bounds; fractions allowed. */
export function decimal(label: string, minimum: number, maximum: number): OptionType<number> {
  const text = z
    .string()
    .regex(/^\d+(?:\.\d+)?$/, 'expected a number')
    .transform((digits) => Number(digits))
  return valueType(label, z.union([z.number(), text]).pipe(z.number().min(minimum).max(maximum)))
}

/** A TCP port; 0 lets the system choose a free one. */
export const port: OptionType<number> = integer('port', 0, 65_535)

/** Text that is not empty. */
export function text(label: string): OptionType<string> {
  return valueType(label, z.string().min(1, 'expected some text'))
}

/** A comma-separated list, or a YAML sequence. Empty entries are refused. */
export function list(label: string): OptionType<readonly string[]> {
  const parts = z.string().transform((joined) => (joined === '' ? [] : joined.split(',').map((part) => part.trim())))
  return valueType(
    label,
    z.union([z.array(z.string()), parts]).pipe(z.array(z.string().min(1, 'empty entry in the list'))),
  )
}

/** A comma-separated list of words from a closed set, or a YAML sequence of them. */
export function listOf<const T extends readonly [string, ...string[]]>(words: T): OptionType<readonly T[number][]> {
  const parts = z.string().transform((joined) => joined.split(',').map((part) => part.trim()))
  const known = z.array(z.enum(words, { error: `expected some of ${words.join(', ')}` }))
  return valueType('name,…', z.union([z.array(z.string()), parts]).pipe(known)) as OptionType<readonly T[number][]>
}

/** One of a closed set of words. */
export function oneOf<const T extends readonly [string, ...string[]]>(words: T): OptionType<T[number]> {
  return valueType(words.join('|'), z.enum(words)) as OptionType<T[number]>
}

/** A switch: on the command line `--name`, or `--no-name` where the default is true; elsewhere true or false. */
export const flag: OptionType<boolean> = {
  label: 'true|false',
  schema: z.union([
    z.boolean(),
    z.literal(['true', '1']).transform(() => true),
    z.literal(['false', '0']).transform(() => false),
  ]),
  isSwitch: true,
}
