import { systemConfigOf } from '../../genesis/spec.ts'
import { createSoloL1 } from '../../l1/soloL1.ts'
import { depthLabels } from './depthLabels.ts'
import { type ProducerOptions, startProducer } from './producer.ts'
import type { Role, RoleContext } from './role.ts'

/** A chain without L1 in one process: blocks on a synthetic L1, labels by depth. */
export function startSolo(
  context: RoleContext,
  options: Pick<ProducerOptions, 'poolLimits' | 'mode' | 'config' | 'print'>,
): Role {
  const { chain, spec } = context
  const producer = startProducer({
    ...context,
    ...options,
    l1: createSoloL1(systemConfigOf(spec)),
    labels: (number) => depthLabels(chain, number),
  })
  const { backend, collect, closed } = producer
  return { backend, trouble: () => standstill(producer.trouble()), l1: () => undefined, collect, closed }
}

/** In words that block production stands still, given the code of its trouble. */
export function standstill(code: string | undefined): string | undefined {
  return code === undefined ? undefined : `block production stands still (${code})`
}
