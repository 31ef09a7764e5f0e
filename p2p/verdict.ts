/** What becomes of a gossiped message: passed on; dropped; dropped and held against the peer that sent it. */
export type Verdict = 'accept' | 'ignore' | 'reject'
