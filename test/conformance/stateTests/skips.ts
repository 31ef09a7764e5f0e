/** Files that are not run, each with its reason. */
export const skips: Readonly<Record<string, string>> = {}

/** Files that take more than a minute each: first in the full run, so that they do not end it. */
export const slowFiles: readonly string[] = ['VMTests/vmPerformance/loopMul.json']
