import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Address, bigintToFixed, bytesToBigint, bytesToHash, type Hash } from '../../core/hex.ts'
import { createEthereumjsEngine } from '../../state/engines/ethereumjs/engine.ts'
import { createWorld } from '../../state/world.ts'
import { code, op, push } from './evmCode.ts'
import { testEnv } from './execution.ts'
import { addressOf, createMemoryState } from './memoryReader.ts'
import { rules, senders } from './testChain.ts'

const holder = addressOf(0xc0de)
/** Returns the hash of the number in its input. */
const runtime = code(push(0), op.CALLDATALOAD, op.BLOCKHASH, push(0), op.MSTORE, push(32), push(0), op.RETURN)
const hashOf = (number: bigint, branch: bigint) => bytesToHash(bigintToFixed((branch << 64n) + number, 32))

test('BLOCKHASH reads the last 256 ancestors, each once per block, the parent from the block itself', async () => {
  let branch = 1n
  const asked: bigint[] = []
  const engine = await createEthereumjsEngine({
    rules,
    precompiles: new Map(),
    blockHash(number): Hash | undefined {
      asked.push(number)
      return number === 300n ? undefined : hashOf(number, branch)
    },
  })
  const { reader } = createMemoryState({ [holder]: { nonce: 1n, code: runtime } })

  async function readAll(parentHash: Hash) {
    const execution = engine.openBlock(createWorld(reader), { ...testEnv, number: 500n, parentHash })
    const read = async (number: bigint) => {
      const result = await execution.call({
        from: senders[0] as Address,
        to: holder,
        value: 0n,
        gas: 100_000n,
        gasPrice: 0n,
        data: bigintToFixed(number, 32),
        checkBalance: false,
      })
      assert(!('reject' in result) && result.kind === 'success')
      return bytesToBigint(result.output)
    }
    for (const outside of [0n, 243n, 500n, 501n, 2n ** 64n + 499n, 2n ** 256n - 1n])
      assert.equal(await read(outside), 0n)
    for (let round = 0; round < 2; round++) {
      for (let number = 244n; number < 500n; number++) {
        const expected = number === 499n ? parentHash : number === 300n ? '0x0' : hashOf(number, branch)
        assert.equal(await read(number), BigInt(expected))
      }
    }
    execution.close()
  }

  await readAll(hashOf(499n, 7n))
  assert.deepEqual(
    asked,
    Array.from({ length: 255 }, (_, index) => 244n + BigInt(index)),
  )
  // The next block may stand on another branch.
  branch = 2n
  await readAll(hashOf(499n, 8n))
  assert.equal(asked.length, 2 * 255)
})
