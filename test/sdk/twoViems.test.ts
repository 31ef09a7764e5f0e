import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const root = join(import.meta.dirname, '..', '..')
const folder = mkdtempSync(join(tmpdir(), 'ol-viem-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** viem once more under another path and version, which the type checker takes for another package. */
function copyViem(): void {
  const from = join(root, 'node_modules', 'viem')
  const to = join(folder, 'node_modules', 'viem')
  mkdirSync(to, { recursive: true })
  for (const entry of readdirSync(from, { withFileTypes: true }))
    if (entry.isDirectory()) symlinkSync(join(from, entry.name), join(to, entry.name), 'junction')
  const manifest = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'))
  writeFileSync(join(to, 'package.json'), JSON.stringify({ ...manifest, version: '2.0.0' }))
  for (const name of ['ox', 'abitype'])
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), 'junction')
}

test('a project with a viem of its own can use clients, chains, accounts and receipts of it', () => {
  copyViem()
  const sdk = join(root, 'sdk').replaceAll('\\', '/')
  writeFileSync(
    join(folder, 'own.ts'),
    `import { createPublicClient, createWalletClient, http, zeroHash } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { publicActionsL1, walletActionsL1 } from 'viem/op-stack'
import { openledgerActions } from '${sdk}/actions.ts'
import { l1ChainOf, type RollupSource, rollupChain } from '${sdk}/bridge/chain.ts'
import { bridgeActionsL1 } from '${sdk}/bridge/l1.ts'
import { bridgeActionsL2 } from '${sdk}/bridge/l2.ts'
import { openledgerDevnet } from '${sdk}/chains.ts'
import { eventOf } from '${sdk}/events.ts'
import { type Receipt, signReceipt } from '${sdk}/selling.ts'
import { validatorActions } from '${sdk}/validators/actions.ts'

const account = mnemonicToAccount('')
const options = { chain: openledgerDevnet, transport: http() }
const wallet = createWalletClient({ ...options, account }).extend(openledgerActions())
const reader = createPublicClient(options).extend(openledgerActions())
const hash = await wallet.registerAgent({ controller: account.address, metadataHash: zeroHash })
const agent: string = eventOf(await reader.waitForTransactionReceipt({ hash }), 'AgentRegistered').agent
await reader.withdraw({}, { account })
export const sign = [(receipt: Receipt) => signReceipt(account, 1n, receipt), agent]
export async function bridge(source: RollupSource) {
  const targetChain = rollupChain(source)
  const l1 = { chain: l1ChainOf(source), transport: http() }
  const depositor = createWalletClient({ ...l1, account }).extend(walletActionsL1()).extend(bridgeActionsL1())
  const l2 = { chain: targetChain, transport: http() }
  const withdrawer = createWalletClient({ ...l2, account }).extend(bridgeActionsL2())
  const l1Reader = createPublicClient(l1).extend(publicActionsL1())
  await depositor.depositOpen({ targetChain, amount: 1n })
  await createWalletClient({ ...l1, account }).extend(validatorActions()).registerValidator({ targetChain, amount: 1n, signer: account })
  const receipt = await createPublicClient(l2).waitForTransactionReceipt({ hash: await withdrawer.withdrawEth({ amount: 1n }) })
  return await l1Reader.waitToProve({ receipt, targetChain })
}
// @ts-expect-error a client without an account has to say who sends
await reader.withdraw()
`,
  )
  const compilerOptions = {
    target: 'esnext',
    module: 'nodenext',
    lib: ['esnext'],
    types: ['node'],
    typeRoots: [join(root, 'node_modules', '@types')],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    preserveSymlinks: true,
  }
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['own.ts'] }))
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  try {
    execFileSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8', timeout: 60_000 })
  } catch (thrown) {
    assert.fail((thrown as { readonly stdout: string }).stdout.slice(0, 2000))
  }
})
