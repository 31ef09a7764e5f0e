import { type Address, concatBytes, hexToBytes } from '../../core/hex.ts'

/** Code that runs until its gas is gone. */
export type Program = { readonly name: string; readonly code: Uint8Array }

/** Where programs are installed, and a few neighbours for them to read. */
export const target = `0x${'c0'.repeat(20)}` as Address

const bytes = (hex: string) => hexToBytes(`0x${hex.replaceAll(' ', '')}`)

/** A loop of `body` repeated, which must leave the stack as it found it: JUMPDEST body… PUSH0 JUMP after `setup`. */
function loop(name: string, setup: string, body: string, times = 50): Program {
  const head = bytes(setup)
  const piece = bytes(body)
  const start = head.length
  const jump = bytes(`61${start.toString(16).padStart(4, '0')}56`)
  return { name, code: concatBytes(head, Uint8Array.of(0x5b), ...Array.from({ length: times }, () => piece), jump) }
}

const word = 'ff'.repeat(32)

/** One loop for each group of opcodes, with operands that make it slow. */
export const programs: readonly Program[] = [
  loop('loop (JUMPDEST, PUSH, JUMP)', '', '', 1),
  loop('push, pop', '', `7f${word} 50`),
  loop('add, sub', `7f${word} 7f${word}`, '01 7f'.concat(word, '03 7f', word)),
  loop('mul', `7f${word}`, `7f${word} 02`),
  loop('div', `7f${word}`, `6107ff 90 04 50 7f${word}`),
  loop('sdiv', '', `6107ff 7f${word} 05 50`),
  loop('mod', '', `6107ff 7f${word} 06 50`),
  loop('addmod', '', `7f${word} 7f${'fe'.repeat(32)} 7f${'fd'.repeat(32)} 08 50`),
  loop('mulmod', '', `7f${'7f'.repeat(32)} 7f${'fe'.repeat(32)} 7f${'fd'.repeat(32)} 09 50`),
  loop('exp (32-byte exponent)', '', `7f${word} 7f${word} 0a 50`),
  loop('exp (1-byte exponent)', '', `60ff 7f${word} 0a 50`),
  loop('signextend', '', `7f${word} 6001 0b 50`),
  loop('compare', '', `7f${word} 7f${word} 10 50 7f${word} 7f${word} 12 50 7f${word} 15 50`),
  loop('bitwise', '', `7f${word} 7f${word} 18 19 7f${word} 16 50`),
  loop('byte', '', `7f${word} 6003 1a 50`),
  loop('shift', '', `7f${word} 6003 1b 6005 1c 6007 1d 50`),
  loop('clz', '', '6001 1e 50'),
  loop('keccak256 (32 bytes)', '', '6020 5f 20 50'),
  loop('keccak256 (4,096 bytes)', '', '611000 5f 20 50'),
  loop('environment', '', '30 50 32 50 33 50 34 50 36 50 3a 50 41 50 42 50 43 50 44 50 45 50 46 50 47 50 48 50'),
  loop('calldataload', '', '5f 35 50'),
  loop('calldatacopy (4,096 bytes)', '', '611000 5f 5f 37'),
  loop('codecopy (4,096 bytes)', '', '611000 5f 5f 39'),
  loop('mload, mstore', '', '5f 51 5f 52'),
  loop('mstore8', '', '60ff 5f 53'),
  loop('mcopy (4,096 bytes)', '', '611000 5f 6020 5e'),
  loop('msize, gas, pc', '', '59 50 5a 50 58 50'),
  loop('dup, swap', '5f 5f 5f 5f 5f 5f 5f 5f 5f 5f 5f 5f 5f 5f 5f 5f 5f', '8f 9f 50'),
  loop('balance (warm)', '', `73${target.slice(2)} 31 50`),
  loop('balance (cold)', '5f', '600101 80 31 50'),
  loop('extcodesize, extcodehash (warm)', '', `73${target.slice(2)} 3b 50 73${target.slice(2)} 3f 50`),
  loop('extcodecopy (4,096 bytes, warm)', '', `611000 5f 5f 73${target.slice(2)} 3c`),
  loop('blockhash (all 256 in turn)', '5f', '600101 80 60ff 16 43 03 40 50'),
  loop('sload (warm)', '', '5f 54 50'),
  loop('sload (cold)', '5f', '600101 80 54 50'),
  loop('sstore (warm, same value)', '', '5f 5f 55'),
  loop('sstore (warm, toggling)', '', '6001 5f 55 6002 5f 55'),
  loop('sstore (new slots)', '5f', '600101 80 80 55'),
  loop('tload, tstore', '', '5f 5c 5f 5d'),
  loop('log0 (empty)', '', '5f 5f a0'),
  loop('log4 (32 bytes)', '', '5f 5f 5f 5f 6020 5f a4'),
  loop('call (empty account)', '', '5f 5f 5f 5f 5f 60ee 5a f1 50', 20),
  loop('call (self-recursion to the depth limit)', '', '5f 5f 5f 5f 5f 30 5a f1 50', 1),
  loop('call with value', '', '5f 5f 5f 5f 6001 60ee 5a f1 50', 20),
  loop('staticcall (code of one STOP)', '', `5f 5f 5f 5f 73${'c1'.repeat(20)} 5a fa 50`, 20),
  loop('delegatecall (code of one STOP)', '', `5f 5f 5f 5f 73${'c1'.repeat(20)} 5a f4 50`, 20),
  loop('call with all memory copied', '620f0000 51 50', `611000 5f 611000 5f 73${'c1'.repeat(20)} 5a fa 50`, 20),
  loop('create (empty)', '', '5f 5f 5f f0 50', 20),
  loop('create2 (49,152 bytes of init code)', '5f', '600101 80 61c000 5f 5f f5 50', 1),
  loop('calls that jump badly', '', `5f 5f 5f 5f 73${'c2'.repeat(20)} 6064 fa 50`, 20),
]

/** Contracts that the programs call. */
export const helpers: readonly { readonly address: Address; readonly code: Uint8Array }[] = [
  { address: `0x${'c1'.repeat(20)}` as Address, code: bytes('00') },
  // 24,576 bytes: what analysing a large contract for one small call costs.
  { address: `0x${'c2'.repeat(20)}` as Address, code: concatBytes(bytes('5f56'), new Uint8Array(24_574).fill(0x5b)) },
]
