import { agentsAbi } from '../abi/agents.ts'
import { protocol } from '../native/addresses.ts'
import { definePrecompile } from '../native/table.ts'
import { completeUnstake, registerAgent, setController, slashAgent, stake, transferAgent, unstake } from './handlers.ts'
import { freeStake, getAgent, getUnbonding } from './views.ts'

/** Agents: who provides inference or acts by itself, and the stake that answers for it. */
export const agentsPrecompile = definePrecompile({
  name: 'agents',
  address: protocol.agents,
  about: 'Agents with stake: inference providers, repairers, autonomous agents that post collateral.',
  abi: agentsAbi,
  functions: {
    registerAgent: {
      about: 'Registers an agent of the caller; OPEN sent along is its first stake.',
      gas: '5 slots',
      run: registerAgent,
    },
    transferAgent: {
      about: 'The owner gives the agent, its stake and its income to another.',
      gas: '4 slots',
      run: transferAgent,
    },
    setController: {
      about: 'The owner sets the key that signs receipts and settles.',
      gas: '4 slots',
      run: setController,
    },
    stake: { about: 'Adds stake. Anyone may.', gas: '5 slots', run: stake },
    unstake: {
      about: 'The owner begins to take stake out: it stays slashable until completed. At most 16 at a time.',
      gas: '6 slots',
      run: unstake,
    },
    completeUnstake: {
      about:
        'Credits the owner with all stake whose unbonding has ended. Anyone may. Stake that backs open batches stays.',
      gas: '9 slots and 1 per entry',
      run: completeUnstake,
    },
    slashAgent: {
      about: 'The court takes stake for harm that no proof can decide; it goes to the insurance fund.',
      gas: '8 slots and 1 per entry of the queue',
      run: slashAgent,
    },
    getAgent: { about: 'An agent as it is stored.', gas: '4 slots', run: getAgent },
    getUnbonding: { about: 'Stake on its way out, oldest first.', gas: '4 slots and 1 per entry', run: getUnbonding },
    freeStake: { about: 'Stake that backs no open batch.', gas: '4 slots', run: freeStake },
  },
})
