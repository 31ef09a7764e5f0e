import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseHex } from '../../core/hex.ts'
import type { SignedTx } from '../../core/tx.ts'
import { decodeTx } from '../../core/txDecode.ts'
import { recoverSender } from '../../core/txEnvelope.ts'
import { maxFee } from '../../core/txFees.ts'
import { intrinsicGas, maxInitcodeBytes } from '../../core/txGas.ts'

const vectors = process.env.OPENLEDGER_VECTORS ?? join(import.meta.dirname, '..', '..', '..', 'shared', 'vectors')
const folder = join(vectors, 'ethereum-tests', 'TransactionTests')

/** What Ethereum's past forks allowed and charged, where it differs from the rules of this chain. */
type ForkRules = {
  readonly types: readonly number[]
  readonly eip155: boolean
  readonly creationGas: number
  readonly nonZeroByteGas: number
  readonly eip3860: boolean
}
const frontier: ForkRules = { types: [0], eip155: false, creationGas: 0, nonZeroByteGas: 68, eip3860: false }
const homestead: ForkRules = { ...frontier, creationGas: 32_000 }
const spuriousDragon: ForkRules = { ...homestead, eip155: true }
const istanbul: ForkRules = { ...spuriousDragon, nonZeroByteGas: 16 }
const berlin: ForkRules = { ...istanbul, types: [0, 1] }
const london: ForkRules = { ...berlin, types: [0, 1, 2] }
const shanghai: ForkRules = { ...london, eip3860: true }
const forks: Readonly<Record<string, ForkRules>> = {
  Frontier: frontier,
  Homestead: homestead,
  EIP150: homestead,
  EIP158: spuriousDragon,
  Byzantium: spuriousDragon,
  Constantinople: spuriousDragon,
  ConstantinopleFix: spuriousDragon,
  Istanbul: istanbul,
  Berlin: berlin,
  London: london,
  Paris: london,
  Shanghai: shanghai,
  Cancun: shanghai,
}

type Expected =
  | { readonly exception: string }
  | { readonly hash: string; readonly sender: string; readonly intrinsicGas: string }
type Vector = { readonly txbytes: string; readonly result: Readonly<Record<string, Expected>> }

/** Where this chain means to differ: name and fork of the vector, and why. */
const skipped: Readonly<Record<string, string>> = {
  'TransactionWithSvalueHigh Frontier': 'high s, valid before Homestead (EIP-2): low s is enforced always',
  'TransactionWithSvalueLargerThan_c_secp256k1n_x05 Frontier': 'high s, valid before Homestead (EIP-2)',
}

test('decodes or refuses every public transaction vector', {
  skip: existsSync(folder) ? false : 'skipped: no vectors',
}, async (t) => {
  const files = readdirSync(folder).flatMap((name) => readdirSync(join(folder, name)).map((file) => join(name, file)))
  const unused = new Set(Object.keys(skipped))
  let checks = 0
  for (const file of files) {
    await t.test(file, () => {
      const cases = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, Vector>
      for (const [name, { txbytes, result }] of Object.entries(cases)) {
        for (const [fork, expected] of Object.entries(result)) {
          const id = `${name} ${fork}`
          if (unused.delete(id)) continue
          checkVector(txbytes, fork, expected, id)
          checks++
        }
      }
    })
  }
  assert.deepEqual([...unused], [], 'skip entries without a vector')
  t.diagnostic(`${checks} results checked, ${Object.keys(skipped).length} skipped`)
})

function checkVector(txbytes: string, fork: string, expected: Expected, id: string): void {
  const rules = forks[fork]
  assert.ok(rules !== undefined, `unknown fork ${fork}`)
  const actual = accept(txbytes, rules)
  if ('exception' in expected) {
    assert.ok(typeof actual === 'string', `${id}: accepted in spite of ${expected.exception}`)
  } else {
    const { hash, sender } = expected
    assert.deepEqual(actual, { hash, sender, gas: BigInt(expected.intrinsicGas) }, id)
  }
}

/** What the fork makes of the transaction: hash, sender and intrinsic gas, or why it refuses. */
function accept(txbytes: string, rules: ForkRules): { hash: string; sender: string; gas: bigint } | string {
  const raw = parseHex(txbytes)
  if (raw === undefined) return 'not hex'
  const decoded = decodeTx(raw)
  if ('reject' in decoded) return decoded.reject
  const { tx, hash } = decoded
  if (tx.type === 0x7e || !rules.types.includes(tx.type)) return 'type not active'
  if (tx.chainId !== undefined && !(rules.eip155 && tx.chainId === 1n)) return 'other chain'
  const sender = recoverSender(tx)
  if (sender === undefined) return 'no sender'
  const gas = forkGas(tx, rules)
  if (tx.gas < gas) return 'intrinsic gas'
  if (tx.gas * maxFee(tx) >= 2n ** 256n) return 'cost overflow'
  if (rules.eip3860 && tx.to === undefined && tx.data.length > maxInitcodeBytes) return 'init code too large'
  return { hash, sender, gas }
}

/** Today's intrinsic gas, with what the fork charged differently. */
function forkGas(tx: SignedTx, rules: ForkRules): bigint {
  const nonZeros = tx.data.filter((byte) => byte !== 0).length
  const gas = intrinsicGas(tx) + BigInt((rules.nonZeroByteGas - istanbul.nonZeroByteGas) * nonZeros)
  if (tx.to !== undefined) return gas
  const initcodeGas = rules.eip3860 ? 0 : 2 * Math.ceil(tx.data.length / 32)
  return gas - BigInt(homestead.creationGas - rules.creationGas + initcodeGas)
}
