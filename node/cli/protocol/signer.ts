import { existsSync, readFileSync } from 'node:fs'
import { NodeError } from '../../../core/errors.ts'
import { devAccounts, devMnemonic } from '../../../genesis/devAccounts.ts'
import type { Config } from '../../config/table.ts'
import { decryptKey } from '../../keys/keystore.ts'
import { readPassword } from '../../keys/password.ts'
import { refusePublicKey } from '../../keys/public.ts'
import { listKeys, type StoredKey } from '../../keys/store.ts'
import { keystoreFolder, passwordSource } from '../key.ts'

/**
 * The private key that signs: a development account (`dev`), or one of the keystore (`key`; the only one if it is not
 * named). Throws a NodeError if none is chosen, the password is wrong, or the key is public and the chain is not a
 * development chain.
 */
export async function signingKey(config: Config, chainId: bigint): Promise<Uint8Array> {
  const { dev, key } = config
  if (dev !== undefined && key !== undefined) throw usage('--dev and --key exclude each other', 'leave one of them out')
  if (dev !== undefined) {
    const { address, privateKey } = devAccounts(devMnemonic, dev + 1)[dev]!
    refusePublicKey(address, chainId)
    return privateKey
  }
  const stored = chosenKey(config)
  refusePublicKey(stored.address, chainId)
  const password = await readPassword(passwordSource(config), { repeat: false })
  const opened = await decryptKey(readFileSync(stored.file, 'utf8'), password)
  if (opened instanceof Uint8Array) return opened
  throw new NodeError({
    code: 'key',
    severity: 'fatal',
    message: `the key of ${stored.address} does not open: ${opened.detail}`,
    fix: 'check the password',
  })
}

function chosenKey(config: Config): StoredKey {
  const hasFolder = config.keystore !== undefined || config['data-dir'] !== undefined
  const none = 'add --dev 0 on a development chain, or --keystore <folder> and --key <address>'
  if (!hasFolder) throw usage('no key to sign with is given', none)
  const folder = keystoreFolder(config)
  if (!existsSync(folder)) throw usage(`the keystore folder ${folder} does not exist`, `check the path, or ${none}`)
  const keys = listKeys(folder)
  if (keys.length === 0) throw usage(`no keys in ${folder}`, 'make one with `openledger key new`')
  const wanted = config.key?.toLowerCase().replace(/^0x/, '')
  // Whatever else was given is not repeated: it may be a secret.
  if (wanted !== undefined && !/^[0-9a-f]{40}$/.test(wanted))
    throw usage('--key is not an address', '`openledger key list` shows the addresses')
  const found = keys.filter(({ address }) => wanted === undefined || address.slice(2) === wanted)
  if (found.length === 1) return found[0]!
  throw wanted === undefined
    ? usage(`${folder} has ${keys.length} keys`, 'choose one with --key <address>')
    : usage(`${folder} has no key of ${config.key}`, '`openledger key list` shows the addresses')
}

function usage(message: string, fix: string): NodeError {
  return new NodeError({ code: 'usage', severity: 'fatal', message, fix })
}
