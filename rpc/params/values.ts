import { type Address, type Hash, parseAddress, parseHash, parseHex } from '../../core/hex.ts'
import { type Bad, bad, param } from './param.ts'

/** An unsigned integer in the JSON-RPC form: 0x, no leading zeros, at most `bits` bits. Checked by length first. */
export function parseQuantity(value: unknown, bits: 64 | 256): bigint | Bad {
  if (typeof value !== 'string') return bad('hex quantity expected')
  if (!value.startsWith('0x') && !value.startsWith('0X')) return bad('hex string without 0x prefix')
  if (value.length === 2) return bad('hex string "0x"')
  if (value.length > 2 + bits / 4) return bad(`hex number > ${bits} bits`)
  if (!/^0[xX][0-9a-fA-F]+$/.test(value)) return bad('invalid hex string')
  if (value.length > 3 && value[2] === '0') return bad('hex number with leading zero digits')
  return BigInt(value)
}

/** Even number of hex digits after 0x. */
export function parseData(value: unknown): Uint8Array | Bad {
  if (typeof value !== 'string') return bad('hex data expected')
  if (!value.startsWith('0x')) return bad('hex string without 0x prefix')
  if (value.length % 2 !== 0) return bad('hex string of odd length')
  return parseHex(value) ?? bad('invalid hex string')
}

export const uint256 = param('QUANTITY', (value) => parseQuantity(value, 256))
export const uint64 = param('QUANTITY', (value) => parseQuantity(value, 64))
export const data = param('DATA', parseData)

export const address = param<Address>(
  'ADDRESS',
  (value) => parseAddress(value) ?? bad('address expected: 0x and 40 hex digits'),
)

export const hash = param<Hash>('HASH', (value) => parseHash(value) ?? bad('hash expected: 0x and 64 hex digits'))

export const bool = param('BOOLEAN', (value) => (typeof value === 'boolean' ? value : bad('boolean expected')))

export const text = param('STRING', (value) => (typeof value === 'string' ? value : bad('string expected')))

/** A storage key: up to 64 hex digits, padded on the left, as geth takes it. */
export const slot = param<Hash>('SLOT', (value) => {
  if (typeof value !== 'string' || !/^(?:0[xX])?[0-9a-fA-F]{1,64}$/.test(value)) {
    return bad('unable to decode storage key: want 0x and at most 64 hex digits')
  }
  return `0x${value
    .replace(/^0[xX]/, '')
    .toLowerCase()
    .padStart(64, '0')}` as Hash
})

/** An index within a block or list. */
export const index = param('QUANTITY', (value) => {
  const parsed = parseQuantity(value, 64)
  return typeof parsed === 'bigint' ? Number(parsed > 0xffff_ffffn ? 0xffff_ffffn : parsed) : parsed
})

/** A number as the development methods of Hardhat and anvil take it: JSON number, decimal text or hex, up to 256 bits. */
export const looseNumber = param('NUMBER', (value) => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value)
  if (typeof value === 'string' && /^(?:[0-9]{1,77}|0[xX][0-9a-fA-F]{1,64})$/.test(value)) return BigInt(value)
  return bad('non-negative integer expected')
})
