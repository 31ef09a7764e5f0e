import { parseAbi } from 'viem'

/**
 * The Portal: deposits, forced transactions and withdrawals of OPEN. What viem's op-stack actions use is the OP Stack's
 * portal of version 2; `depositERC20Transaction` mints. Reverts carry strings.
 */
export const portalAbi = parseAbi([
  'struct WithdrawalTransaction { uint256 nonce; address sender; address target; uint256 value; uint256 gasLimit; bytes data; }',
  'struct OutputRootProof { bytes32 version; bytes32 stateRoot; bytes32 messagePasserStorageRoot; bytes32 latestBlockhash; }',
  'event Initialized(uint8 version)',
  'event TransactionDeposited(address indexed from, address indexed to, uint256 indexed version, bytes opaqueData)',
  'event WithdrawalProven(bytes32 indexed withdrawalHash, address indexed from, address indexed to)',
  'event WithdrawalFinalized(bytes32 indexed withdrawalHash, bool success)',
  'event Paused(address account)',
  'event Unpaused(address account)',
  'event GuardianChanged(address indexed guardian)',
  // Only the deployer, once; takes exactly `genesisSupply` of OPEN from it.
  'function initialize(address open, address oracle, address systemConfig, address guardian, uint256 genesisSupply)',
  'function depositTransaction(address to, uint256 value, uint64 gasLimit, bool isCreation, bytes data) payable',
  'function depositERC20Transaction(address to, uint256 mint, uint256 value, uint64 gasLimit, bool isCreation, bytes data)',
  'function proveWithdrawalTransaction(WithdrawalTransaction withdrawal, uint256 l2OutputIndex, OutputRootProof outputRootProof, bytes[] withdrawalProof)',
  'function finalizeWithdrawalTransaction(WithdrawalTransaction withdrawal)',
  'function provenWithdrawals(bytes32 withdrawalHash) view returns (bytes32 outputRoot, uint128 timestamp, uint128 l2OutputIndex)',
  'function finalizedWithdrawals(bytes32 withdrawalHash) view returns (bool)',
  'function isOutputFinalized(uint256 l2OutputIndex) view returns (bool)',
  'function minimumGasLimit(uint64 byteCount) pure returns (uint64)',
  'function params() view returns (uint128 prevBaseFee, uint64 prevBoughtGas, uint64 prevBlockNum)',
  'function l2Sender() view returns (address)',
  'function escrowed() view returns (uint256)',
  // L2 gas that deposits of one L1 block can have.
  'function MAX_RESOURCE_LIMIT() view returns (uint64)',
  'function open() view returns (address)',
  'function l2Oracle() view returns (address)',
  'function systemConfig() view returns (address)',
  'function guardian() view returns (address)',
  'function L2_ORACLE() view returns (address)',
  'function SYSTEM_CONFIG() view returns (address)',
  'function GUARDIAN() view returns (address)',
  'function DEPLOYER() view returns (address)',
  'function version() view returns (string)',
  // The guardian's pause stops proving and finalising, never deposits, and ends by itself at `pausedUntil`.
  'function pause()',
  'function unpause()',
  'function paused() view returns (bool)',
  'function pausedUntil() view returns (uint256)',
  'function pausableAt() view returns (uint256)',
  'function PAUSE_SECONDS() view returns (uint256)',
  // Only the owner of SystemConfig.
  'function setGuardian(address guardian)',
])

/**
 * The OutputOracle: outputs of the chain, bonded and open to challenge. An output comes at least SUBMISSION_INTERVAL
 * seconds after the one before it, with a higher L2 block and a higher L1 block of the last 256. Reverts carry strings.
 */
export const outputOracleAbi = parseAbi([
  'struct OutputProposal { bytes32 outputRoot; uint128 timestamp; uint128 l2BlockNumber; }',
  'struct OracleConfig { address systemConfig; address verifier; address proposer; address guardian; uint256 submissionInterval; uint256 finalizationPeriod; uint256 verifierPeriod; uint256 bond; uint256 startingBlockNumber; uint256 startingTimestamp; bytes32 startingOutputRoot; uint256 l1BlockNumber; bytes32 l1BlockHash; }',
  'event Initialized(uint8 version)',
  'event OutputProposed(bytes32 indexed outputRoot, uint256 indexed l2OutputIndex, uint256 indexed l2BlockNumber, uint256 l1Timestamp)',
  'event OutputsDeleted(uint256 indexed prevNextOutputIndex, uint256 indexed newNextOutputIndex)',
  'event OutputChallenged(uint256 indexed l2OutputIndex, address indexed challenger, uint256 deadline)',
  'event OutputUpheld(uint256 indexed l2OutputIndex, bytes32 indexed outputRoot)',
  'event ChallengeRefunded(uint256 indexed l2OutputIndex, address indexed challenger)',
  'event ProposerSlashed(uint256 indexed l2OutputIndex, address indexed proposer, address indexed challenger, uint256 amount, uint256 reward)',
  'event BondDeposited(address indexed account, uint256 amount)',
  'event BondWithdrawn(address indexed account, uint256 amount)',
  'event ProposerChanged(address indexed proposer)',
  'event GuardianChanged(address indexed guardian)',
  // Only the deployer, once; the starting output gets index 0. Seconds, wei.
  'function initialize(OracleConfig config)',
  'function proposeL2Output(bytes32 outputRoot, uint256 l2BlockNumber, bytes32 l1BlockHash, uint256 l1BlockNumber) payable',
  'function getL2Output(uint256 l2OutputIndex) view returns (OutputProposal)',
  'function getL2OutputAfter(uint256 l2BlockNumber) view returns (OutputProposal)',
  'function getL2OutputIndexAfter(uint256 l2BlockNumber) view returns (uint256)',
  'function latestOutputIndex() view returns (uint256)',
  'function nextOutputIndex() view returns (uint256)',
  'function latestBlockNumber() view returns (uint256)',
  'function nextBlockNumber() view returns (uint256)',
  // Earliest time of the next output, Unix seconds.
  'function nextOutputTimestamp() view returns (uint256)',
  'function startingBlockNumber() view returns (uint256)',
  'function startingTimestamp() view returns (uint256)',
  'function outputL1Block(uint256 index) view returns (uint256 number, bytes32 hash)',
  'function outputProposer(uint256 index) view returns (address)',
  'function isFinalized(uint256 index) view returns (bool)',
  'function isFrozen(uint256 index) view returns (bool)',
  'function isUpheld(uint256 index) view returns (bool)',
  'function challengeOf(uint256 index) view returns (address challenger, uint64 deadline)',
  'function openChallenges() view returns (uint256)',
  // Bonds and rewards of an account, in wei; a proposer needs BOND there to propose.
  'function depositBond() payable',
  'function withdrawBond(uint256 amount)',
  'function bondOf(address account) view returns (uint256)',
  'function lockedBond(address account) view returns (uint256)',
  'function burned() view returns (uint256)',
  'function BOND() view returns (uint256)',
  // Costs BOND; freezes the output and all after it.
  'function challenge(uint256 index) payable',
  // The same, but only of this output.
  'function challenge(uint256 index, bytes32 outputRoot) payable',
  // Only the verifier, until the deadline.
  'function uphold(uint256 index)',
  // Anyone, after the deadline: deletes the output and all after it, slashes the proposer.
  'function resolve(uint256 index)',
  // Only the guardian, only outputs that are not final.
  'function deleteL2Outputs(uint256 l2OutputIndex)',
  // Only the owner of SystemConfig.
  'function setProposer(address proposer)',
  'function setGuardian(address guardian)',
  'function PROPOSER() view returns (address)',
  'function CHALLENGER() view returns (address)',
  'function guardian() view returns (address)',
  'function verifier() view returns (address)',
  'function systemConfig() view returns (address)',
  'function L2_BLOCK_TIME() view returns (uint256)',
  'function SUBMISSION_INTERVAL() view returns (uint256)',
  'function FINALIZATION_PERIOD_SECONDS() view returns (uint256)',
  'function VERIFIER_PERIOD_SECONDS() view returns (uint256)',
  'function DEPLOYER() view returns (address)',
  'function version() view returns (string)',
])

/**
 * The ValidatorRegistry: OPEN at stake behind those who sign output roots (core/attestation.ts). It is the oracle's
 * verifier. Signatures are 65 bytes each. Reverts carry strings.
 */
export const validatorRegistryAbi = parseAbi([
  'struct Attestation { uint256 l2BlockNumber; bytes32 outputRoot; bytes32 l1BlockHash; bytes signature; }',
  'struct Listed { uint256 id; address owner; address signer; address account; uint96 stake; }',
  'constructor(address oracle, address portal, address open, uint256 chainId, uint256 minStake, uint256 unbondingSeconds)',
  'event Registered(uint256 indexed id, address indexed owner, address indexed signer, address account)',
  'event StakeChanged(uint256 indexed id, uint256 stake)',
  'event SignerChanged(uint256 indexed id, address indexed signer, address indexed before)',
  'event AccountChanged(uint256 indexed id, address indexed account)',
  'event Unbonding(uint256 indexed id, uint256 amount, uint256 unbondedAt)',
  'event Withdrawn(uint256 indexed id, uint256 amount)',
  'event Slashed(uint256 indexed id, address indexed signer, address indexed reporter, uint256 amount, uint256 reward)',
  // Stake in wei of OPEN, from the caller's allowance; `signature` is the signer's over `registrationHash(caller)`.
  'function register(address signer, address account, uint256 amount, bytes signature) returns (uint256 id)',
  // Only the validator's owner.
  'function increase(uint256 id, uint256 amount)',
  'function unbond(uint256 id, uint256 amount)',
  'function withdraw(uint256 id)',
  'function setSigner(uint256 id, address signer, bytes signature)',
  'function setAccount(uint256 id, address account)',
  // Anyone; the first pays a reward, the second takes signatures ascending by signer, of two thirds of the stake.
  'function slash(Attestation first, Attestation second)',
  'function uphold(uint256 index, bytes[] signatures)',
  'function sync(address signer)',
  'function validatorSet() view returns (Listed[])',
  'function validators(uint256 id) view returns (address owner, uint64 unbondedAt, bool isSlashed, uint8 position, address signer, uint96 stake, address account, uint96 unbonding)',
  'function validatorCount() view returns (uint256)',
  'function idOf(address signer) view returns (uint256)',
  'function stakeOf(address signer) view returns (uint256)',
  'function slashableUntil(address signer) view returns (uint256)',
  'function totalStake() view returns (uint256)',
  'function totalUnbonding() view returns (uint256)',
  'function burned() view returns (uint256)',
  'function unbondingSeconds() view returns (uint256)',
  'function registrationHash(address owner) view returns (bytes32)',
  'function attestationHash(uint256 l2BlockNumber, bytes32 outputRoot, bytes32 l1BlockHash) view returns (bytes32)',
  'function oracle() view returns (address)',
  'function portal() view returns (address)',
  'function open() view returns (address)',
  // Of L2.
  'function chainId() view returns (uint256)',
  'function MIN_STAKE() view returns (uint256)',
  'function MAX_STAKE() view returns (uint256)',
  'function MAX_VALIDATORS() view returns (uint256)',
  'function REWARD_PERCENT() view returns (uint256)',
  'function UNBONDING_SECONDS() view returns (uint256)',
  'function eip712Domain() view returns (bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)',
  'function version() view returns (string)',
])

/** SystemConfig: parameters that its owner sets and derivation reads as `ConfigUpdate` logs, the constructor's too. */
export const systemConfigAbi = parseAbi([
  'struct Params { bytes32 batcherHash; uint64 gasLimit; uint32 daFeeScalar; uint32 eip1559Denominator; uint32 eip1559Elasticity; address unsafeBlockSigner; address batchInbox; uint256 startBlock; }',
  'constructor(address owner, Params params)',
  'event ConfigUpdate(uint256 indexed version, uint8 indexed updateType, bytes data)',
  'event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner)',
  'event OwnershipTransferred(address indexed previousOwner, address indexed newOwner)',
  'function setBatcherHash(bytes32 batcherHash)',
  'function setDaFeeScalar(uint32 daFeeScalar)',
  'function setGasLimit(uint64 gasLimit)',
  'function setEIP1559Params(uint32 denominator, uint32 elasticity)',
  'function setUnsafeBlockSigner(address signer)',
  'function batcherHash() view returns (bytes32)',
  'function gasLimit() view returns (uint64)',
  'function daFeeScalar() view returns (uint32)',
  'function eip1559Denominator() view returns (uint32)',
  'function eip1559Elasticity() view returns (uint32)',
  'function unsafeBlockSigner() view returns (address)',
  'function batchInbox() view returns (address)',
  'function startBlock() view returns (uint256)',
  'function minimumGasLimit() view returns (uint64)',
  'function maximumGasLimit() view returns (uint64)',
  'function owner() view returns (address)',
  'function pendingOwner() view returns (address)',
  'function transferOwnership(address newOwner)',
  'function acceptOwnership()',
  'function version() view returns (string)',
])

/** OPEN on a development L1: an ERC-20 with a fixed supply. */
export const openTokenAbi = parseAbi([
  'constructor(address holder, uint256 supply)',
  'event Transfer(address indexed from, address indexed to, uint256 value)',
  'event Approval(address indexed owner, address indexed spender, uint256 value)',
  'function CAP() view returns (uint256)',
  'function name() view returns (string)',
  'function symbol() view returns (string)',
  'function decimals() view returns (uint8)',
  'function totalSupply() view returns (uint256)',
  'function balanceOf(address account) view returns (uint256)',
  'function allowance(address owner, address spender) view returns (uint256)',
  'function approve(address spender, uint256 value) returns (bool)',
  'function transfer(address to, uint256 value) returns (bool)',
  'function transferFrom(address from, address to, uint256 value) returns (bool)',
])

/**
 * The bridge of ETH and ERC-20 tokens on L1: functions and events of the OP Stack's. What could not be paid out waits to
 * be claimed; the zero token is ETH.
 */
export const standardBridgeAbi = parseAbi([
  'constructor(address portal, address otherBridge)',
  'event ETHBridgeInitiated(address indexed from, address indexed to, uint256 amount, bytes extraData)',
  'event ETHBridgeFinalized(address indexed from, address indexed to, uint256 amount, bytes extraData)',
  'event ERC20BridgeInitiated(address indexed localToken, address indexed remoteToken, address indexed from, address to, uint256 amount, bytes extraData)',
  'event ERC20BridgeFinalized(address indexed localToken, address indexed remoteToken, address indexed from, address to, uint256 amount, bytes extraData)',
  'event WithdrawalWaits(address indexed token, address indexed account, uint256 amount)',
  'event Claimed(address indexed token, address indexed account, address to, uint256 amount)',
  'error OnlyOtherBridge()',
  'error OnlySelf()',
  'error ContractNeedsRecipient()',
  'error NoRecipient()',
  'error NothingSent()',
  'error OpenGoesThroughPortal()',
  'error EtherIsNoToken()',
  'error NotBridged(address localToken, address remoteToken)',
  'error NothingToClaim()',
  'function bridgeETH(uint32 minGasLimit, bytes extraData) payable',
  'function bridgeETHTo(address to, uint32 minGasLimit, bytes extraData) payable',
  'function bridgeERC20(address localToken, address remoteToken, uint256 amount, uint32 minGasLimit, bytes extraData)',
  'function bridgeERC20To(address localToken, address remoteToken, address to, uint256 amount, uint32 minGasLimit, bytes extraData)',
  'function finalizeBridgeETH(address from, address to, uint256 amount, bytes extraData)',
  'function finalizeBridgeERC20(address localToken, address remoteToken, address from, address to, uint256 amount, bytes extraData)',
  'function deposits(address localToken, address remoteToken) view returns (uint256)',
  'function claimable(address token, address account) view returns (uint256)',
  // Pays the account; anyone may ask. `claimTo` is the account's own choice of where.
  'function claim(address token, address account)',
  'function claimTo(address token, address to)',
  'function portal() view returns (address)',
  'function otherBridge() view returns (address)',
])
