import type { ProofForm } from './prove.ts'

/** What the worker is asked for, one at a time. */
export type KzgJob =
  | { readonly kind: 'commitment'; readonly blob: Uint8Array }
  | {
      readonly kind: 'proofs'
      readonly blob: Uint8Array
      readonly commitment: Uint8Array
      readonly form: ProofForm
    }

/** Its answer: points of 48 bytes, or why there is none. */
export type KzgAnswer = { readonly points: readonly Uint8Array[] } | { readonly error: string }
