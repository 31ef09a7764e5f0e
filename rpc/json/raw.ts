/** JSON text that is already written: big answers are written piece by piece, with pauses. */
export type RawJson = { readonly rawJson: string }

export function rawJson(text: string): RawJson {
  return { rawJson: text }
}

function isRawJson(value: unknown): value is RawJson {
  return typeof value === 'object' && value !== null && 'rawJson' in value
}

/** A result as JSON text. `undefined` is null: it is what methods return for "not found". */
export function writeJson(value: unknown): string {
  if (value === undefined) return 'null'
  return isRawJson(value) ? value.rawJson : JSON.stringify(value)
}
