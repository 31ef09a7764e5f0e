// The chain thread answers nothing while it executes. It executes a block twice, once to build and once to verify it, and
// answers in between. One execution lasts longest with a last transaction of 16.8 million gas (the most of EIP-7825) that
// starts just before the second for building is over: `npm run bench -- engine` measures 6.2 million gas per second for
// what is slowest, BLAKE2 with many rounds, which makes 1 s + 2.7 s. Both limits leave room for a machine several times
// slower and for the roots of the block.

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
