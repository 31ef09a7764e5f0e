import type { NodeError } from '../../core/errors.ts'
import { isOutage, outage } from './outage.ts'
import type { NodeOptions, Provider } from './provider.ts'

/** Several nodes of the same chain. */
export type Pool = {
  readonly providers: readonly Provider[]
  /**
   * The first answer that passes: nodes are asked one after the other, the healthy ones first, in several rounds with
   * growing, random pauses between them. `task` also judges the answer. Throws the last outage; what is fatal at once.
   */
  any<T>(task: (provider: Provider) => Promise<T>): Promise<T>
  /** What every node answers, outages included. Nodes in trouble are asked once, the others in rounds like `any`. */
  all<T>(task: (provider: Provider) => Promise<T>): Promise<readonly (T | NodeError)[]>
}

export function createPool(
  providers: readonly Provider[],
  options: Pick<NodeOptions, 'limits' | 'clock' | 'signal'> & {
    /** Uniform in [0, 1): spreads the retries of many clients. */
    readonly random: () => number
  },
): Pool {
  const { limits, clock, signal, random } = options

  async function ask<T>(
    nodes: readonly Provider[],
    rounds: number,
    task: (provider: Provider) => Promise<T>,
  ): Promise<T> {
    let last = outage('l1_unreachable', 'there is no L1 node to ask')
    for (let round = 0; !signal.aborted; ) {
      for (const provider of byHealth(nodes)) {
        if (provider.pauseMs() > 0) last = paused(provider)
        else {
          const answer = await attempt(provider, task)
          if ('value' in answer) return answer.value
          last = answer.error
        }
      }
      const pauseMs = Math.min(...nodes.map((provider) => provider.pauseMs()))
      if (++round >= rounds || pauseMs > limits.maxBackoffMs) break
      const backoffMs = Math.min(limits.maxBackoffMs, limits.backoffMs * 2 ** (round - 1))
      await clock.sleep(Math.max(pauseMs, backoffMs * (1 - random() / 2)), signal)
    }
    throw last
  }

  return {
    providers,
    any: (task) => ask(providers, limits.rounds, task),
    all: (task) =>
      Promise.all(
        providers.map(async (provider) => {
          const isWell = providers.length === 1 || provider.health().failures < limits.patience
          try {
            return await ask([provider], isWell ? limits.rounds : 1, task)
          } catch (error) {
            if (isOutage(error)) return error
            throw error
          }
        }),
      ),
  }
}

async function attempt<T>(provider: Provider, task: (provider: Provider) => Promise<T>) {
  try {
    const value = await task(provider)
    provider.good()
    return { value }
  } catch (error) {
    if (!isOutage(error)) throw error
    provider.bad(error)
    return { error }
  }
}

/** A node that is left alone has not changed its mind. */
function paused({ name, trouble }: Provider): NodeError {
  return trouble() ?? outage('l1_rate_limited', `${name} takes no more requests for now`)
}

/** Those without trouble first, otherwise in the order of the settings. */
function byHealth(providers: readonly Provider[]): readonly Provider[] {
  return [...providers].sort((a, b) => a.health().failures - b.health().failures)
}
