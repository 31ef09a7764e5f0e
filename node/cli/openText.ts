import { formatEther } from 'viem'

/** Wei for people: `1.5 OPEN`, all digits. */
export function openText(wei: bigint): string {
  return `${formatEther(wei)} OPEN`
}
