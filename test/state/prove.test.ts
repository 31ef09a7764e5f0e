import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifyMerkleProof } from '@ethereumjs/mpt'
import fc from 'fast-check'
import { emptyCodeHash, emptyTrieRoot } from '../../core/account.ts'
import { encodeAccount } from '../../core/accountRlp.ts'
import { type Address, bytesToHex, emptyBytes, type Hash, hexToBytes, trimZeros } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { encodeRlp } from '../../core/rlp.ts'
import type { AccountChange } from '../../core/state.ts'
import { type AccountProof, proveAccount } from '../../state/prove.ts'
import { openState } from '../../state/reader.ts'
import { commitState } from '../../state/trie/commitState.ts'
import { createNodeMap } from './nodeMap.ts'
import { accountOf, slotOf } from './synthetic.ts'

const slotValue = fc.uint8Array({ maxLength: 32 }).map(trimZeros)
const storage = fc.array(fc.tuple(fc.nat(40).map(slotOf), slotValue), { maxLength: 12 }).map((slots) => new Map(slots))
const accounts = fc
  .array(fc.tuple(fc.nat(200).map(accountOf), fc.bigInt(0n, 2n ** 256n - 1n), storage), { maxLength: 60 })
  .map((rows) => new Map(rows.map(([address, balance, storage]) => [address, { balance, storage }])))

type Accounts = ReadonlyMap<Address, { readonly balance: bigint; readonly storage: ReadonlyMap<Hash, Uint8Array> }>

function stateOf(model: Accounts) {
  const { nodes, readNode } = createNodeMap()
  const changes = new Map<Address, AccountChange>()
  for (const [address, { balance, storage }] of model) {
    const after = { nonce: 1n, balance, codeHash: emptyCodeHash }
    changes.set(address, { before: undefined, after, wiped: false, storage })
  }
  const committed = commitState(readNode, emptyTrieRoot, { accounts: changes, code: new Map() })
  for (const [hash, raw] of committed.nodes) nodes.set(hash, raw)
  return { root: committed.root, readNode, storageRoots: committed.storageRoots }
}

/** The oracle's verdict: the value proved, undefined for proved absence; throws for an invalid proof. */
async function verify(root: Hash, key: Hash | Address, proof: readonly Uint8Array[]): Promise<Uint8Array | undefined> {
  if (root === emptyTrieRoot) {
    assert.deepEqual(proof, [])
    return undefined
  }
  const options = { root: hexToBytes(root), useKeyHashing: true }
  return (await verifyMerkleProof(hexToBytes(key), [...proof], options)) ?? undefined
}

async function assertProves(root: Hash, proof: AccountProof): Promise<void> {
  const account = await verify(root, proof.address, proof.accountProof)
  assert.deepEqual(plain(account), plain(proof.account && encodeAccount(proof.account)))
  assert.equal(proof.storageHash, proof.account?.storageRoot ?? emptyTrieRoot)
  for (const { slot, value, proof: nodes } of proof.storageProof) {
    const proved = await verify(proof.storageHash, slot, nodes)
    assert.deepEqual(plain(proved), value.length === 0 ? undefined : plain(encodeRlp(value)))
  }
}

test('proves accounts and slots, there or not, to the oracle', async (t) => {
  const seed = 11
  t.diagnostic(`seed ${seed}`)
  await fc.assert(
    fc.asyncProperty(accounts, async (model) => {
      const { root, readNode } = stateOf(model)
      const asked = [...[...model.keys()].slice(0, 4), accountOf(201), accountOf(202)]
      for (const address of asked) {
        const { storage } = model.get(address) ?? {}
        const slots = [...[...(storage?.keys() ?? [])].slice(0, 4), slotOf(41), slotOf(42)]
        const proof = proveAccount(readNode, root, address, slots)
        assert.equal(proof.account?.balance, model.get(address)?.balance)
        assert.deepEqual(
          proof.storageProof.map(({ slot, value }) => [slot, bytesToHex(value)]),
          slots.map((slot) => [slot, bytesToHex(storage?.get(slot) ?? emptyBytes)]),
        )
        await assertProves(root, proof)
      }
    }),
    { seed, numRuns: 40 },
  )
})

test('a proof of one state is not one of another', async () => {
  const model = new Map(
    [1, 2, 3, 4, 5].map((index) => [accountOf(index), { balance: BigInt(index), storage: new Map() }]),
  )
  const first = stateOf(model)
  const second = stateOf(model.set(accountOf(6), { balance: 6n, storage: new Map() }))
  const proof = proveAccount(first.readNode, first.root, accountOf(1), [])
  await assertProves(first.root, proof)
  await assert.rejects(assertProves(second.root, proof))
  const altered = proof.accountProof.map((raw) => raw.slice())
  altered.at(-1)![20]! ^= 1
  await assert.rejects(assertProves(first.root, { ...proof, accountProof: altered }))
})

test('a state without accounts needs no nodes to prove that', () => {
  const { readNode } = createNodeMap()
  const proof = proveAccount(readNode, emptyTrieRoot, accountOf(1), [slotOf(1)])
  assert.equal(proof.account, undefined)
  assert.deepEqual(proof.accountProof, [])
  assert.deepEqual(proof.storageProof, [{ slot: slotOf(1), value: emptyBytes, proof: [] }])
})

test('reads back every account and slot of a committed state', (t) => {
  const seed = 12
  t.diagnostic(`seed ${seed}`)
  fc.assert(
    fc.property(accounts, (model) => {
      const { root, readNode, storageRoots } = stateOf(model)
      const state = openState(readNode, () => emptyBytes, root)
      for (let index = 0; index < 205; index++) {
        const address = accountOf(index)
        const wanted = model.get(address)
        for (let pass = 0; pass < 2; pass++) {
          const account = state.account(address)
          assert.equal(account?.balance, wanted?.balance)
          assert.equal(account?.storageRoot, storageRoots.get(address))
          for (const [slot, value] of wanted?.storage ?? [])
            assert.deepEqual(plain(state.storage(address, slot)), value)
          assert.deepEqual(state.storage(address, slotOf(41)), emptyBytes)
        }
      }
    }),
    { seed, numRuns: 30 },
  )
})

test('a wiped account starts from empty storage; a removed one leaves the trie', () => {
  const base = new Map([
    [
      accountOf(1),
      {
        balance: 1n,
        storage: new Map([
          [slotOf(1), Uint8Array.of(1)],
          [slotOf(2), Uint8Array.of(2)],
        ]),
      },
    ],
    [accountOf(2), { balance: 2n, storage: new Map() }],
  ])
  const { root, readNode } = stateOf(base)
  const state = openState(readNode, () => emptyBytes, root)
  const after = { nonce: 1n, balance: 1n, codeHash: emptyCodeHash }
  const accounts = new Map<Address, AccountChange>([
    [
      accountOf(1),
      { before: state.account(accountOf(1)), after, wiped: true, storage: new Map([[slotOf(3), Uint8Array.of(3)]]) },
    ],
    [accountOf(2), { before: state.account(accountOf(2)), after: undefined, wiped: true, storage: new Map() }],
  ])
  const { root: next, storageRoots } = commitState(readNode, root, { accounts, code: new Map() })
  const wanted = stateOf(new Map([[accountOf(1), { balance: 1n, storage: new Map([[slotOf(3), Uint8Array.of(3)]]) }]]))
  assert.equal(next, wanted.root)
  assert.deepEqual([...storageRoots.keys()], [accountOf(1)])
  assert.notEqual(storageRoots.get(accountOf(1)), keccakHash(emptyBytes))
})

function plain(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes === undefined ? undefined : new Uint8Array(bytes)
}
