// An ERC-20 made from OpenZeppelin's contracts, compiled when the example runs.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Abi, Hex } from 'viem'

const source = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

contract ExampleToken is ERC20 {
    constructor(uint256 supply) ERC20("Example Token", "EXT") { _mint(msg.sender, supply); }
}
`

type Solc = { compile(input: string, callbacks: { import: (path: string) => { contents: string } }): string }

/** ABI and creation code of the token. Throws with the compiler's words if it does not compile. */
export function compileToken(): { readonly abi: Abi; readonly bytecode: Hex } {
  const require = createRequire(import.meta.url)
  const solc = require('solc') as Solc
  const input = {
    language: 'Solidity',
    sources: { 'ExampleToken.sol': { content: source } },
    settings: {
      optimizer: { enabled: true },
      outputSelection: { 'ExampleToken.sol': { ExampleToken: ['abi', 'evm.bytecode.object'] } },
    },
  }
  const packages = join(import.meta.dirname, '..', 'node_modules')
  const readImport = (path: string) => ({ contents: readFileSync(join(packages, path), 'utf8') })
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport })) as {
    errors?: readonly { severity: string; formattedMessage: string }[]
    contracts?: Record<string, Record<string, { abi: Abi; evm: { bytecode: { object: string } } }>>
  }
  const problem = output.errors?.find(({ severity }) => severity === 'error')
  const contract = output.contracts?.['ExampleToken.sol']?.ExampleToken
  if (problem !== undefined || contract === undefined)
    throw new Error(problem?.formattedMessage ?? 'no compiler output')
  return { abi: contract.abi, bytecode: `0x${contract.evm.bytecode.object}` }
}
