import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { hexToBytes } from '../../core/hex.ts'

const require = createRequire(import.meta.url)

/** OpenZeppelin's ERC-20 where every address starts with 2^128 tokens: the usual transfer code without set-up calls. */
const source = `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
contract BenchToken is ERC20 {
    mapping(address account => bool) private seeded;
    constructor() ERC20("Bench", "BNCH") {}
    function transfer(address to, uint256 value) public override returns (bool) {
        if (!seeded[msg.sender]) {
            seeded[msg.sender] = true;
            _mint(msg.sender, 1 << 128);
        }
        return super.transfer(to, value);
    }
}`

/** Creation code of the bench token. */
export function tokenInitcode(): Uint8Array {
  const solc = require('solc') as { compile(input: string, callbacks: object): string }
  const input = {
    language: 'Solidity',
    sources: { 'BenchToken.sol': { content: source } },
    settings: { optimizer: { enabled: true }, outputSelection: { '*': { BenchToken: ['evm.bytecode.object'] } } },
  }
  const load = (path: string) => ({ contents: readFileSync(require.resolve(path), 'utf8') })
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: load })) as {
    contracts?: Record<string, Record<string, { evm: { bytecode: { object: string } } }>>
  }
  const code = output.contracts?.['BenchToken.sol']?.BenchToken?.evm.bytecode.object
  if (code === undefined) throw new Error('the bench token did not compile')
  return hexToBytes(`0x${code}`)
}
