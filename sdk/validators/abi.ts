import { parseAbi } from 'viem'
import { predeploys } from '../../core/predeploys.ts'

/** The registry of validators on L1, of what validators and watchers call. Stake is in wei of OPEN. */
export const validatorRegistryAbi = parseAbi([
  'struct Attestation { uint256 l2BlockNumber; bytes32 outputRoot; bytes32 l1BlockHash; bytes signature; }',
  'struct Listed { uint256 id; address owner; address signer; address account; uint96 stake; }',
  'function register(address signer, address account, uint256 amount, bytes signature) returns (uint256 id)',
  'function increase(uint256 id, uint256 amount)',
  'function unbond(uint256 id, uint256 amount)',
  'function withdraw(uint256 id)',
  'function setSigner(uint256 id, address signer, bytes signature)',
  'function setAccount(uint256 id, address account)',
  'function slash(Attestation first, Attestation second)',
  'function uphold(uint256 index, bytes[] signatures)',
  'function sync(address signer)',
  'function validatorSet() view returns (Listed[])',
  'function validators(uint256 id) view returns (address owner, uint64 unbondedAt, bool isSlashed, uint8 position, address signer, uint96 stake, address account, uint96 unbonding)',
  'function idOf(address signer) view returns (uint256)',
  'function totalStake() view returns (uint256)',
  'function unbondingSeconds() view returns (uint256)',
  'function MIN_STAKE() view returns (uint256)',
  'event Registered(uint256 indexed id, address indexed owner, address indexed signer, address account)',
  'event StakeChanged(uint256 indexed id, uint256 stake)',
  'event Unbonding(uint256 indexed id, uint256 amount, uint256 unbondedAt)',
  'event Slashed(uint256 indexed id, address indexed signer, address indexed reporter, uint256 amount, uint256 reward)',
  'error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)',
  'error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)',
])

/** Pays validators on the chain, by the stake that L1 told of. */
export const validatorVault = {
  address: predeploys.validatorVault,
  abi: parseAbi([
    'struct Validator { address signer; address account; uint32 weight; }',
    'function validatorSet() view returns (Validator[])',
    'function owedTo(address account) view returns (uint256)',
    // Anyone may call; it pays the account.
    'function collect(address account) returns (uint256 amount)',
    'function distribute()',
    'event Collected(address indexed account, uint256 amount)',
    'error NothingToCollect(address account)',
    'error PaymentFailed()',
  ]),
} as const
