import type { Clock } from '../../core/ports/clock.ts'
import type { ChainRules } from '../../core/rules.ts'
import type { ChainSpec } from '../../genesis/spec.ts'
import type { Backend } from '../../rpc/backend.ts'
import type { Chain } from '../../state/chain.ts'
import type { Engine } from '../../state/engine.ts'
import type { DataDir } from '../data/dir.ts'
import type { L1Health, Reason } from '../health/ready.ts'
import type { Logger } from '../log/logger.ts'
import type { Metrics } from '../metrics/registry.ts'
import type { PeeringStatus } from './peering.ts'

/** What a role works with: the open chain and its surroundings. */
export type RoleContext = {
  readonly spec: ChainSpec
  readonly rules: ChainRules
  readonly chain: Chain
  readonly engine: Engine
  readonly clock: Clock
  /** In [0, 1): spreads retries, chooses among peers. */
  readonly random: () => number
  readonly dir: DataDir
  readonly log: Logger
  readonly metrics: Metrics<'chain'>
  /** Aborts when the node is to stop. */
  readonly signal: AbortSignal
}

/** A role at work: what the frame around it has to know. */
export type Role = {
  readonly backend: Backend
  /** Why the chain does not grow at present, in words. */
  readonly trouble: () => string | undefined
  /** How far L1 was followed; undefined on a chain without L1. */
  readonly l1: () => L1Health | undefined
  /** What holds up whoever posts to L1; not there where nobody does. */
  readonly posting?: () => readonly Reason[]
  /** How it does in the network; not there where it does not take part. */
  readonly network?: () => PeeringStatus
  /** Sets the role's gauges. */
  readonly collect: (metrics: Metrics<'chain'>) => void
  /** Resolves when the signal has aborted and everything is on disk; rejects when the role cannot go on. */
  readonly closed: Promise<void>
}

/** Puts a role to work on an open chain. Throws NodeErrors with cause and fix. */
export type StartRole = (context: RoleContext) => Promise<Role>

export type RoleName = 'solo' | 'sequencer' | 'validator' | 'replica'
