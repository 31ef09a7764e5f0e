import { parseAbi } from 'viem'

/** Agents and their stake: `0x…0A05`. */
export const agentsSignatures = [
  'struct Agent { address owner; address controller; bytes32 metadataHash; uint96 stake; uint96 unbonding; uint96 openMargin; uint96 slashed; bool ejected; }',
  'struct Unbonding { uint96 amount; uint40 availableAt; }',
  'function registerAgent(address controller, bytes32 metadataHash) payable returns (bytes32 agent)',
  'function transferAgent(bytes32 agent, address to)',
  'function setController(bytes32 agent, address controller)',
  'function stake(bytes32 agent) payable',
  'function unstake(bytes32 agent, uint96 amount)',
  'function completeUnstake(bytes32 agent) returns (uint256 amount)',
  'function slashAgent(bytes32 agent, uint96 amount) returns (uint256 taken)',
  'function getAgent(bytes32 agent) view returns (Agent value)',
  'function getUnbonding(bytes32 agent) view returns (Unbonding[] queue)',
  'function freeStake(bytes32 agent) view returns (uint256 amount)',
  'event AgentRegistered(bytes32 indexed agent, address indexed owner, address indexed controller, bytes32 metadataHash)',
  'event AgentTransferred(bytes32 indexed agent, address indexed from, address indexed to)',
  'event ControllerSet(bytes32 indexed agent, address indexed controller)',
  'event Staked(bytes32 indexed agent, uint96 amount)',
  'event UnstakeStarted(bytes32 indexed agent, uint96 amount, uint40 availableAt)',
  'event UnstakeCompleted(bytes32 indexed agent, address indexed owner, uint256 amount)',
  'event AgentSlashed(bytes32 indexed agent, uint256 taken)',
] as const

/** The ABI that the signatures say. */
export const agentsAbi = parseAbi(agentsSignatures)
