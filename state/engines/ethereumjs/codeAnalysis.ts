/** What the interpreter derives from code once: valid jump destinations, and pushed constants as they are met. */
export type CodeAnalysis = {
  /** 1 at each JUMPDEST that is not inside a PUSH. */
  readonly jumps: Uint8Array
  readonly pushes: Record<number, bigint>
}

/** Kept as long as the code bytes are: `codeOf` gives the same bytes for the same code. */
const analyses = new WeakMap<Uint8Array, CodeAnalysis>()

export function analysisOf(code: Uint8Array): CodeAnalysis {
  let analysis = analyses.get(code)
  if (analysis === undefined) {
    analysis = { jumps: jumpsOf(code), pushes: new Array(code.length) }
    analyses.set(code, analysis)
  }
  return analysis
}

function jumpsOf(code: Uint8Array): Uint8Array {
  const jumps = new Uint8Array(code.length)
  for (let at = 0; at < code.length; at++) {
    const opcode = code[at] as number
    if (opcode === 0x5b) jumps[at] = 1
    else if (opcode >= 0x60 && opcode <= 0x7f) at += opcode - 0x5f
  }
  return jumps
}

/** The constant of a PUSH: `size` bytes from `start`, with zeros beyond the end of the code. */
export function pushedValue(code: Uint8Array, start: number, size: number): bigint {
  if (size <= 6) {
    let value = 0
    for (let at = start; at < start + size; at++) value = value * 256 + (code[at] ?? 0)
    return BigInt(value)
  }
  const end = Math.min(start + size, code.length)
  const digits = end > start ? Buffer.from(code.buffer, code.byteOffset + start, end - start).toString('hex') : ''
  return BigInt(`0x${digits.padEnd(2 * size, '0')}`)
}
