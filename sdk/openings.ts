import type { Opening } from '../attribution/kernel/merkle.ts'

/** What stands for the neighbour that the first or last leaf of a tree does not have. */
export const noOpening: Opening = { index: 0n, data: new Uint8Array(0), path: [] }

/** An opening of the kernel's builders as a call takes it: those that are absent get what stands for them. */
export function orNone(opening: Opening | undefined): Opening {
  return opening ?? noOpening
}
