import type { HostOptions } from '../host/host.ts'
import type { HubOptions } from '../hub/options.ts'

/** What the net thread starts from; plain data. */
export type NetThreadOptions = Pick<
  HubOptions,
  'chainId' | 'genesis' | 'rules' | 'attestationDomain' | 'persistent' | 'bootnodes' | 'allow' | 'deny' | 'limits'
> & {
  readonly host: Omit<HostOptions, 'chainId' | 'genesis' | 'bootnodes'>
  /** The chain's LevelDB, open in the chain thread: peers are served from it. */
  readonly chainDir: string
  readonly logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug' | 'trace'
}
