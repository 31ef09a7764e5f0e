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
  const inData = config['data-dir'] === undefined ? undefined : join(config['data-dir'], 'keystore')
  const keystore = config.keystore ?? inData
  return readKey({ given, flag: `--${setting}`, keystore, password: passwordSource(config), chainId })
}
