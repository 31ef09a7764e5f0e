import { join } from 'node:path'
import type { Config } from '../config/table.ts'
import { readKey } from '../keys/signer.ts'
import { passwordSource } from './key.ts'

/** The private key that a setting names, if it does. Throws what `readKey` throws. */
export async function keyOf(
  config: Config,
  setting: 'batcher.key' | 'proposer.key' | 'deployer.key' | 'sequencer.key' | 'validator.key',
  chainId: bigint,
): Promise<Uint8Array | undefined> {
  const given = config[setting]
  if (given === undefined) return undefined
  return await readKeyOf(config, { given, flag: `--${setting}`, chainId })
}

/** The private key that a flag names. Throws what `readKey` throws. */
export async function readKeyOf(
  config: Config,
  { given, flag, chainId }: { readonly given: string; readonly flag: string; readonly chainId: bigint },
): Promise<Uint8Array> {
  const inData = config['data-dir'] === undefined ? undefined : join(config['data-dir'], 'keystore')
  const keystore = config.keystore ?? inData
  return await readKey({ given, flag, keystore, password: passwordSource(config), chainId })
}
