// The chain thread answers nothing while it executes. The longest legal block uses all of the gas
// limit and is executed twice, which takes several seconds. Both limits are longer than that on a slow machine.

/** Without an answer of the chain thread for this long the node should get no traffic, in milliseconds. */
export const readySilenceMs = 20_000

/** Without an answer of the chain thread for this long it hangs: the process should be started again. */
export const liveSilenceMs = 30_000

/** How often the rpc thread asks the chain thread for a sign of life. */
export const pulseMs = 1_000

/** How long a health probe waits for a fresh answer: well within what those who probe wait themselves. */
export const probeWaitMs = 500

/** How long a reading of the metrics waits for those of the chain thread. */
export const metricsWaitMs = 2_000
