import type { Command, OwnFlag } from './verb.ts'

const chain: OwnFlag = {
  flag: '--chain <name|file>',
  description: 'Chain spec with the contracts on L1, instead of asking the node of --rpc.url for them.',
}
const ownerKey: OwnFlag = {
  flag: '--owner-key <address|file>',
  description:
    'Key that owns the stake and pays for gas on L1: an address in the keystore, or a file with 64 hex digits.',
}
const senderKey: OwnFlag = {
  flag: '--sender-key <address|file>',
  description: 'Key that sends this and pays for it: an address in the keystore, or a file with 64 hex digits.',
}
const attestationKey: OwnFlag = {
  flag: '--key <address|file>',
  description: 'Key that attests: an address in the keystore, or a file with 64 hex digits.',
}
const id: OwnFlag = { flag: '--id <number>', description: 'Which validator, where the owner has several.' }
const dryRun: OwnFlag = {
  flag: '--dry-run',
  description: 'Say what would be done and whether L1 would take it; send nothing.',
}
const index = { name: '<index>', description: 'Number of the output in OutputOracle.' } as const
const l1 = '--l1-rpc https://l1.example'

/** The commands of validators and of those who watch outputs: most of them send to L1. */
export const validatorCommands: readonly Command[] = [
  {
    name: 'validator join',
    verb: 'validator',
    own: [
      attestationKey,
      { flag: '--stake <OPEN>', description: 'What is put at stake, like 2000.' },
      { flag: '--account <address>', description: 'Who is paid on L2 (default the account of --key).' },
      { ...ownerKey, description: `${ownerKey.description} Without it --key owns the stake.` },
      { flag: '--wait <seconds>', description: 'How long to wait for L2 to know of it (default 60; 0 does not wait).' },
      dryRun,
      chain,
    ],
    summary: 'Put OPEN at stake on L1 for a key that attests what the chain is.',
    examples: [
      'openledger validator join --key attest.key --stake 2000 --dev 3 --dry-run',
      `openledger validator join --key 0x5d1f… --owner-key owner.key --stake 2000 --account 0xab12… --keystore ./keys ${l1}`,
      `openledger run --chain rollup.json --role validator --validator.key attest.key ${l1} --data-dir ./data`,
    ],
    details: [
      'The stake stays the owner’s, and comes back by `validator unbond` and `validator withdraw`. All of it is lost if the',
      'key ever signs two different claims about one L1 block: never run two nodes with one key.',
    ],
    run: async (context) => (await import('./validator/join.ts')).validatorJoin(context),
  },
  {
    name: 'validator list',
    verb: 'validator',
    own: [chain],
    summary: 'List the validators: stake on L1, weight on L2, what each attested last, and who is behind.',
    examples: ['openledger validator list', `openledger validator list --rpc.url https://node.example ${l1} --json`],
    run: async (context) => (await import('./validator/list.ts')).validatorList(context),
  },
  {
    name: 'validator increase',
    verb: 'validator',
    args: [{ name: '<amount>', description: 'OPEN to add to the stake.' }],
    own: [ownerKey, id, chain],
    summary: 'Add to the stake of a validator.',
    examples: [`openledger validator increase 500 --owner-key owner.key ${l1}`],
    run: async (context) => (await import('./validator/stake.ts')).validatorIncrease(context),
  },
  {
    name: 'validator unbond',
    verb: 'validator',
    own: [{ flag: '--amount <OPEN>', description: 'How much (default all of it).' }, ownerKey, id, chain],
    summary:
      'Begin to take stake out: it counts no longer, and can be withdrawn when no output can be doubted any more.',
    examples: [
      `openledger validator unbond --amount 500 --owner-key owner.key ${l1}`,
      'openledger validator unbond --dev 3',
    ],
    run: async (context) => (await import('./validator/stake.ts')).validatorUnbond(context),
  },
  {
    name: 'validator withdraw',
    verb: 'validator',
    own: [ownerKey, id, chain],
    summary: 'Pay the owner the stake whose unbonding has ended.',
    examples: [`openledger validator withdraw --owner-key owner.key ${l1}`],
    run: async (context) => (await import('./validator/stake.ts')).validatorWithdraw(context),
  },
  {
    name: 'validator set-signer',
    verb: 'validator',
    own: [{ ...attestationKey, description: `The new one. ${attestationKey.description}` }, ownerKey, id, chain],
    summary: 'Give a validator another attestation key.',
    examples: [`openledger validator set-signer --key new.key --owner-key owner.key ${l1}`],
    run: async (context) => (await import('./validator/change.ts')).validatorSetSigner(context),
  },
  {
    name: 'validator set-account',
    verb: 'validator',
    args: [{ name: '<account>', description: 'Who is paid on L2 from now on.' }],
    own: [ownerKey, id, chain],
    summary: 'Pay another account on L2 for a validator.',
    examples: [`openledger validator set-account 0xab12… --owner-key owner.key ${l1}`],
    run: async (context) => (await import('./validator/change.ts')).validatorSetAccount(context),
  },
  {
    name: 'validator collect',
    verb: 'validator',
    args: [{ name: '<account>', description: 'Account on L2 that a validator is paid to.' }],
    own: [senderKey],
    summary: 'Pay an account on L2 what its validators have earned; anyone may send this.',
    examples: [
      'openledger validator collect 0xab12… --sender-key any.key',
      'openledger validator collect 0xab12… --dev 0',
    ],
    run: async (context) => (await import('./validator/collect.ts')).validatorCollect(context),
  },
  {
    name: 'validator uphold',
    verb: 'validator',
    args: [index],
    own: [senderKey, dryRun, chain],
    summary: 'End the challenge of an output with attestations of two thirds of the stake, which the node has.',
    examples: [
      `openledger validator uphold 12 --sender-key any.key ${l1}`,
      'openledger validator uphold 12 --dev 0 --dry-run',
    ],
    run: async (context) => (await import('./validator/uphold.ts')).validatorUphold(context),
  },
  {
    name: 'validator challenge',
    verb: 'validator',
    args: [index],
    own: [senderKey, { flag: '--anyway', description: 'Also if the node has the same output root.' }, dryRun, chain],
    summary: 'Doubt an output with a bond: unless two thirds of the stake uphold it in time, it goes.',
    examples: [
      `openledger validator challenge 12 --sender-key any.key --dry-run ${l1}`,
      'openledger validator challenge 12 --dev 0',
    ],
    run: async (context) => (await import('./validator/challenge.ts')).validatorChallenge(context),
  },
  {
    name: 'validator resolve',
    verb: 'validator',
    args: [index],
    own: [senderKey, chain],
    summary: 'Delete a challenged output that nobody upheld in time, and pay back the bond if it is the sender’s.',
    examples: [`openledger validator resolve 12 --sender-key any.key ${l1}`],
    run: async (context) => (await import('./validator/resolve.ts')).validatorResolve(context),
  },
  {
    name: 'validator withdraw-bond',
    verb: 'validator',
    own: [senderKey, chain],
    summary: 'Pay the sender the bonds and rewards that OutputOracle holds for it.',
    examples: [`openledger validator withdraw-bond --sender-key any.key ${l1}`],
    run: async (context) => (await import('./validator/resolve.ts')).validatorWithdrawBond(context),
  },
  {
    name: 'validator slash',
    verb: 'validator',
    args: [
      { name: '<file>', description: 'Evidence of a double attestation, as `openledger verify-evidence` reads it.' },
    ],
    own: [senderKey, dryRun, chain],
    summary: 'Take all stake of a validator that contradicted itself; a part of it is for who brings the evidence.',
    examples: [
      `openledger validator slash data/evidence/double_attestation-7-0a1b2c3d.json --sender-key any.key ${l1}`,
    ],
    run: async (context) => (await import('./validator/slash.ts')).validatorSlash(context),
  },
]
