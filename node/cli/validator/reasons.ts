/** What to do about each reason with which the contracts on L1 refuse what validators and watchers send. */
export const reasonFixes: Readonly<Record<string, string>> = {
  'ValidatorRegistry: only the owner of the validator':
    'sign with the key that owns it, --owner-key or --dev: `openledger validator list` shows the owners',
  'ValidatorRegistry: slashed': 'a slashed validator never comes back: join with another key',
  'ValidatorRegistry: no amount': 'give an amount above zero',
  'ValidatorRegistry: amount out of range': 'unbond at most what is at stake: `openledger validator list` shows it',
  'ValidatorRegistry: stake too small': 'stake at least the minimum, or unbond all of it',
  'ValidatorRegistry: stake too large': 'stake less: no validator can have more OPEN than there is',
  'ValidatorRegistry: nothing to withdraw': 'unbond some stake first: `openledger validator unbond`',
  'ValidatorRegistry: too early to withdraw': 'wait: `openledger validator list` says until when',
  'ValidatorRegistry: not active': 'stake again first: `openledger validator increase`',
  'ValidatorRegistry: attestations of different L1 blocks':
    'bring two about one L1 block: only they contradict each other',
  'ValidatorRegistry: attestations that agree': 'saying the same thing twice is no fault: nothing to do',
  'ValidatorRegistry: attestations of two signers': 'bring two of one key: no single validator said both',
  'ValidatorRegistry: not a signer': 'no validator ever had this key: check that the evidence is of this chain',
  'ValidatorRegistry: too late to slash': 'the key was replaced so long ago that it costs nothing any more',
  'ValidatorRegistry: nothing at stake': 'somebody was faster, or the stake was withdrawn: nothing to do',
  'ValidatorRegistry: signers must ascend': 'run it again: it sorts them',
  'ValidatorRegistry: not an active signer': 'a validator left meanwhile: run it again',
  'ValidatorRegistry: less than two thirds of the stake':
    'wait for more attestations, or ask a node that has seen them with --rpc.url',
  'ValidatorRegistry: the key was used before': 'make a new one with `openledger key new`: no key attests twice',
  'ValidatorRegistry: the signer does not agree': 'check --key: it has to be the key that will attest',
  'ValidatorRegistry: no account': 'give --account an address other than zero',
  'ValidatorRegistry: no room for more validators': 'wait until one leaves: `openledger validator list` shows them',
  'ValidatorRegistry: invalid signature': 'bring signatures as they were made: this one belongs to no key',
  'ResourceMetering: cannot buy more gas than available gas limit':
    'deposits have used up what this L1 block has for them: run it again in a minute',
  'Portal: not initialized': 'the chain is not deployed to its end: check --chain',
  'L2OutputOracle: a challenge costs exactly the bond': 'run it again: the bond is read each time',
  'L2OutputOracle: no such output to challenge': 'check the index: `openledger_evidence` names wrong outputs',
  'L2OutputOracle: too late to challenge the output': 'the output is final: only governance can do something about it',
  'L2OutputOracle: the output was upheld': 'two thirds of the stake have vouched for it: nothing to do',
  'L2OutputOracle: the output is challenged already': 'one challenge is enough: wait how it ends',
  'L2OutputOracle: another output': 'the output was replaced meanwhile: look at the new one first',
  'L2OutputOracle: no such output': 'check the index: it may have been deleted after a challenge',
  'L2OutputOracle: the output is not challenged': 'nothing is to be decided: only challenged outputs are',
  'L2OutputOracle: too late to uphold the output':
    'its time is over: `openledger validator resolve` ends the challenge',
  'L2OutputOracle: only the verifier': 'the oracle has another registry: check --chain',
  'L2OutputOracle: the verifier has time yet': 'wait until the deadline: it may be upheld till then',
  'L2OutputOracle: the bond is locked': 'wait until its challenges are over',
}

/** The same for errors that have names: those of the token, and of the vault on L2. */
export const errorFixes: Readonly<Record<string, { readonly cause: string; readonly fix: string }>> = {
  ERC20InsufficientBalance: {
    cause: 'the owner has too little OPEN on L1',
    fix: 'send it some there, withdraw some from L2, or stake less',
  },
  ERC20InsufficientAllowance: {
    cause: 'the registry may not take that much OPEN of the owner',
    fix: 'run it again: it approves what is needed',
  },
  NothingToCollect: {
    cause: 'the account has earned nothing that is not collected',
    fix: 'wait until validators have earned something, or check the account: `openledger validator list` shows it',
  },
  PaymentFailed: {
    cause: 'the account does not take OPEN',
    fix: 'it is a contract that refuses: name another one with `openledger validator set-account`',
  },
}
