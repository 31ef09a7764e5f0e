/**
 * The largest number from `low` to `high` that holds, given that `low` does and that with a number every smaller one
 * does. Asks about the end first, where reorgs are: about twice the logarithm of their depth.
 */
export async function largestThatHolds(
  low: bigint,
  high: bigint,
  holds: (number: bigint) => Promise<boolean>,
): Promise<bigint> {
  let no = high + 1n
  let yes = low
  for (let step = 0n; no - yes > 1n; step = step === 0n ? 1n : step * 2n) {
    const guess = no - 1n - step
    if (guess <= low) break
    if (await holds(guess)) {
      yes = guess
      break
    }
    no = guess
  }
  while (no - yes > 1n) {
    const middle = (yes + no) / 2n
    if (await holds(middle)) yes = middle
    else no = middle
  }
  return yes
}
