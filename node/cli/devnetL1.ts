/** Where the L1 of a development chain answers on this machine, unless its port was chosen. */
export const devnetL1Url = 'http://127.0.0.1:9545'
