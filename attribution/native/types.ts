import type { AbiParameter } from 'viem'
import type { Address, Hash } from '../../core/hex.ts'

/**
 * The value of an ABI parameter inside the protocol: integers are bigint, addresses and bytes32 lowercase hex,
 * `bytes` and `string` are bytes, tuples are objects by field name.
 */
export type AbiValue<P> = P extends { readonly type: infer T }
  ? T extends `${infer Item}[]`
    ? readonly AbiValue<Omit<P, 'type'> & { readonly type: Item }>[]
    : T extends `uint${string}`
      ? bigint
      : T extends 'address'
        ? Address
        : T extends 'bool'
          ? boolean
          : T extends 'bytes32'
            ? Hash
            : T extends 'bytes' | 'string'
              ? Uint8Array
              : T extends 'tuple'
                ? P extends { readonly components: infer C extends readonly AbiParameter[] }
                  ? AbiRecord<C>
                  : never
                : never
  : never

/** Named parameters as an object. */
export type AbiRecord<C extends readonly AbiParameter[]> = {
  readonly [P in C[number] as P['name'] extends string ? P['name'] : never]: AbiValue<P>
}
