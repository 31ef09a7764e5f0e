import { parseAbi } from 'viem'
import { predeploys } from '../core/predeploys.ts'

/**
 * What governs the protocol: vOPEN votes, the governor decides, the timelock waits and executes, contributors may veto
 * a change of the split meanwhile. Times are in seconds. Of the ABIs what users call.
 */
export const governanceContracts = {
  governor: {
    address: predeploys.governor,
    abi: parseAbi([
      'function propose(address[] targets, uint256[] values, bytes[] calldatas, string description) returns (uint256)',
      'function castVote(uint256 proposalId, uint8 support) returns (uint256)',
      'function queue(address[] targets, uint256[] values, bytes[] calldatas, bytes32 descriptionHash) returns (uint256)',
      'function execute(address[] targets, uint256[] values, bytes[] calldatas, bytes32 descriptionHash) payable returns (uint256)',
      'function hashProposal(address[] targets, uint256[] values, bytes[] calldatas, bytes32 descriptionHash) pure returns (uint256)',
      'function state(uint256 proposalId) view returns (uint8)',
      'function votingDelay() view returns (uint256)',
      'function votingPeriod() view returns (uint256)',
      'function quorum(uint256 timepoint) view returns (uint256)',
      'error GovernorInsufficientProposerVotes(address proposer, uint256 votes, uint256 threshold)',
      'error GovernorUnexpectedProposalState(uint256 proposalId, uint8 current, bytes32 expectedStates)',
      'error GovernorAlreadyCastVote(address voter)',
      'error TimelockUnexpectedOperationState(bytes32 operationId, bytes32 expectedStates)',
    ]),
  },
  voteToken: {
    address: predeploys.voteToken,
    abi: parseAbi([
      'function deposit() payable',
      'function withdraw(uint256 amount)',
      'function delegate(address delegatee)',
      'function getVotes(address account) view returns (uint256)',
    ]),
  },
  timelock: {
    address: predeploys.timelock,
    abi: parseAbi([
      'function getMinDelay() view returns (uint256)',
      'function hashOperationBatch(address[] targets, uint256[] values, bytes[] payloads, bytes32 predecessor, bytes32 salt) pure returns (bytes32)',
    ]),
  },
  contributorVeto: {
    address: predeploys.contributorVeto,
    abi: parseAbi([
      'function veto(address[] targets, uint256[] values, bytes[] payloads, bytes32 predecessor, bytes32 salt)',
      'function tallyOf(bytes32 operation) view returns (uint256 tally, uint256 needed)',
    ]),
  },
} as const
