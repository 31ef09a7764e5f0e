import type { AbiParameter, Address } from 'viem'
import { bytesToHex, type Hash, type Hex } from '../core/hex.ts'

/** What a caller may give for a parameter: bytes as hex or as they are, small integers as number or bigint. */
export type ArgValue<P> = P extends { readonly type: infer T }
  ? T extends `${infer Item}[]`
    ? readonly ArgValue<Omit<P, 'type'> & { readonly type: Item }>[]
    : T extends SmallInteger
      ? number | bigint
      : T extends `uint${string}`
        ? bigint
        : T extends 'bytes'
          ? Hex | Uint8Array
          : T extends 'bytes32'
            ? Hex
            : T extends 'tuple'
              ? P extends { readonly components: infer C extends readonly AbiParameter[] }
                ? ArgValues<C>
                : never
              : Plain<T>
  : never

/** What the chain gives for a parameter: as viem decodes it; 32 bytes are branded as the kernel's functions want them. */
export type OutValue<P> = P extends { readonly type: infer T }
  ? T extends `${infer Item}[]`
    ? readonly OutValue<Omit<P, 'type'> & { readonly type: Item }>[]
    : T extends SmallInteger
      ? number
      : T extends `uint${string}`
        ? bigint
        : T extends 'bytes32'
          ? Hash
          : T extends 'tuple'
            ? P extends { readonly components: infer C extends readonly AbiParameter[] }
              ? OutValues<C>
              : never
            : Plain<T>
  : never

/** Parameters by name. */
export type ArgValues<C extends readonly AbiParameter[]> = {
  readonly [P in C[number] as P['name'] extends string ? P['name'] : never]: ArgValue<P>
}
export type OutValues<C extends readonly AbiParameter[]> = {
  readonly [P in C[number] as P['name'] extends string ? P['name'] : never]: OutValue<P>
}

/** Those that viem decodes to a number. */
type SmallInteger = `uint${8 | 16 | 24 | 32 | 40 | 48}`
type Plain<T> = T extends 'address' ? Address : T extends 'bool' ? boolean : T extends 'string' ? string : Hex

/** Values by name to a list in the order of the parameters, as viem encodes them. Throws for one that is missing. */
export function toList(parameters: readonly AbiParameter[], values: object, of: string): readonly unknown[] {
  return parameters.map((parameter) => {
    const value = (values as Readonly<Record<string, unknown>>)[parameter.name ?? '']
    if (value === undefined) throw new TypeError(`${of}: "${parameter.name}" is missing`)
    return toAbi(parameter, value, `${of}.${parameter.name}`)
  })
}

/** A list in the order of the parameters to values by name. */
export function toNamed(parameters: readonly AbiParameter[], list: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(parameters.map(({ name }, index) => [name ?? '', list[index]]))
}

function toAbi(parameter: AbiParameter, value: unknown, of: string): unknown {
  const { type } = parameter
  if (type.endsWith('[]')) {
    const item = { ...parameter, type: type.slice(0, -2) }
    return (value as readonly unknown[]).map((each, index) => toAbi(item, each, `${of}[${index}]`))
  }
  if (type === 'tuple') {
    const { components } = parameter as { readonly components: readonly AbiParameter[] }
    return toNamed(components, toList(components, value as object, of))
  }
  return value instanceof Uint8Array ? bytesToHex(value) : value
}
