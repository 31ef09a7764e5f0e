// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {TrieProof} from "@openzeppelin/contracts/utils/cryptography/TrieProof.sol";
import {aliasOf, isCallerKeyed} from "./Alias.sol";
import {Once} from "./Once.sol";
import {OutputOracle} from "./OutputOracle.sol";
import {ResourceMetering} from "./ResourceMetering.sol";
import {SystemConfig} from "./SystemConfig.sol";

/// Where value moves between L1 and L2. Holds all OPEN that is on L2: `escrowed` = supply at genesis + deposits -
/// finalised withdrawals. Its functions and events are those of the OP Stack's portal of version 2.
contract Portal is Once, ResourceMetering {
    using SafeERC20 for IERC20;

    /// A message from L2, as L2ToL1MessagePasser hashed it.
    struct WithdrawalTransaction {
        uint256 nonce;
        address sender;
        address target;
        uint256 value;
        uint256 gasLimit;
        bytes data;
    }

    /// What an output root is the hash of.
    struct OutputRootProof {
        bytes32 version;
        bytes32 stateRoot;
        bytes32 messagePasserStorageRoot;
        bytes32 latestBlockhash;
    }

    struct ProvenWithdrawal {
        bytes32 outputRoot;
        uint128 timestamp;
        uint128 l2OutputIndex;
    }

    /// A deposit: the L2 transaction of `from`. Version 0: mint 32 bytes, value 32, gas limit 8, creation flag 1, data.
    event TransactionDeposited(address indexed from, address indexed to, uint256 indexed version, bytes opaqueData);
    event WithdrawalProven(bytes32 indexed withdrawalHash, address indexed from, address indexed to);
    event WithdrawalFinalized(bytes32 indexed withdrawalHash, bool success);
    event Paused(address account);
    event Unpaused(address account);
    event GuardianChanged(address indexed guardian);

    /// Longest pause. After it as much time must pass before the next one.
    uint256 public constant PAUSE_SECONDS = 7 days;

    string public constant version = "2.0.0";

    uint256 internal constant MAX_DEPOSIT_DATA = 120_000;
    /// `l2Sender` while no withdrawal is being finalised.
    address internal constant NO_SENDER = 0x000000000000000000000000000000000000dEaD;
    /// Kept for what comes between the check of the gas and the call: the transfer is before it.
    uint256 internal constant CALL_OVERHEAD = 10_000;

    IERC20 public open;
    OutputOracle public l2Oracle;
    SystemConfig public systemConfig;
    address public guardian;
    /// OPEN in wei that backs L2. Only counted: what is merely sent here is not part of it.
    uint256 public escrowed;
    /// Sender on L2 of the withdrawal whose target is being called.
    address public l2Sender;
    /// End of the last pause, Unix seconds.
    uint256 public pausedUntil;
    /// When the guardian can pause again, Unix seconds.
    uint256 public pausableAt;

    mapping(bytes32 withdrawalHash => ProvenWithdrawal) public provenWithdrawals;
    mapping(bytes32 withdrawalHash => bool) public finalizedWithdrawals;

    modifier whenNotPaused() {
        require(!paused(), "Portal: paused");
        _;
    }

    modifier onlyGuardian() {
        require(msg.sender == guardian, "Portal: only the guardian");
        _;
    }

    /// Ties the contracts together and takes the OPEN that exists on L2 at genesis from the deployer. The oracle comes
    /// first: what is locked here stays, so the chain must be able to start.
    function initialize(
        IERC20 open_,
        OutputOracle oracle,
        SystemConfig systemConfig_,
        address guardian_,
        uint256 genesisSupply
    ) external once {
        require(address(open_).code.length > 0, "Portal: no token");
        require(address(oracle).code.length > 0, "Portal: no oracle");
        require(address(systemConfig_).code.length > 0, "Portal: no system config");
        require(guardian_ != address(0), "Portal: no guardian");
        require(address(oracle.systemConfig()) == address(systemConfig_), "Portal: the oracle is not initialized");
        open = open_;
        l2Oracle = oracle;
        systemConfig = systemConfig_;
        guardian = guardian_;
        l2Sender = NO_SENDER;
        escrowed = genesisSupply;
        startMetering();
        open_.safeTransferFrom(msg.sender, address(this), genesisSupply);
    }

    /// Makes the caller send a transaction on L2, whatever the sequencer wants. `value` comes from its balance there.
    function depositTransaction(address to, uint256 value, uint64 gasLimit, bool isCreation, bytes calldata data)
        external
        payable
        metered(gasLimit)
    {
        require(msg.value == 0, "Portal: ETH is not the currency of L2");
        deposit(to, 0, value, gasLimit, isCreation, data);
    }

    /// As `depositTransaction`, after `mint` of OPEN has moved from the caller here to its balance on L2.
    function depositERC20Transaction(
        address to,
        uint256 mint,
        uint256 value,
        uint64 gasLimit,
        bool isCreation,
        bytes calldata data
    ) external metered(gasLimit) {
        escrowed += mint;
        deposit(to, mint, value, gasLimit, isCreation, data);
        if (mint > 0) open.safeTransferFrom(msg.sender, address(this), mint);
    }

    /// Proves that an output contains a withdrawal: its flag in the storage of L2ToL1MessagePasser. Again only when the
    /// output of the last time is gone, or with an earlier one, which nobody can doubt longer: its clock goes on then.
    function proveWithdrawalTransaction(
        WithdrawalTransaction calldata withdrawal,
        uint256 l2OutputIndex,
        OutputRootProof calldata outputRootProof,
        bytes[] calldata withdrawalProof
    ) external whenNotPaused {
        requireTarget(withdrawal.target);
        bytes32 outputRoot = l2Oracle.getL2Output(l2OutputIndex).outputRoot;
        require(
            outputRootProof.version == 0 && outputRoot == keccak256(abi.encode(outputRootProof)),
            "Portal: invalid output root proof"
        );
        bytes32 withdrawalHash = hashOf(withdrawal);
        require(!finalizedWithdrawals[withdrawalHash], "Portal: withdrawal has already been finalized");
        ProvenWithdrawal memory proven = provenWithdrawals[withdrawalHash];
        bool stands = proven.timestamp != 0 && isOutput(proven.l2OutputIndex, proven.outputRoot);
        require(
            !stands || l2OutputIndex < proven.l2OutputIndex, "Portal: withdrawal hash has already been proven"
        );
        // sentMessages is in slot 0; the storage trie has hashed keys and RLP values.
        bytes32 slot = keccak256(abi.encode(withdrawalHash, uint256(0)));
        require(
            TrieProof.verify(
                hex"01",
                outputRootProof.messagePasserStorageRoot,
                abi.encodePacked(keccak256(abi.encode(slot))),
                withdrawalProof
            ),
            "Portal: invalid withdrawal inclusion proof"
        );

        provenWithdrawals[withdrawalHash] =
            ProvenWithdrawal(outputRoot, stands ? proven.timestamp : uint128(block.timestamp), uint128(l2OutputIndex));
        emit WithdrawalProven(withdrawalHash, withdrawal.sender, withdrawal.target);
    }

    /// Pays out a proven withdrawal once its proof and its output are old enough and the output still stands: `value`
    /// of OPEN goes to the target, which is then called with `data`, if there is any, and at least `gasLimit` gas. If
    /// the call fails, everything is as before and may be tried again.
    function finalizeWithdrawalTransaction(WithdrawalTransaction calldata withdrawal) external whenNotPaused {
        require(l2Sender == NO_SENDER, "Portal: can only trigger one withdrawal per transaction");
        requireTarget(withdrawal.target);
        bytes32 withdrawalHash = hashOf(withdrawal);
        require(!finalizedWithdrawals[withdrawalHash], "Portal: withdrawal has already been finalized");
        ProvenWithdrawal memory proven = provenWithdrawals[withdrawalHash];
        require(proven.timestamp != 0, "Portal: withdrawal has not been proven yet");
        require(
            block.timestamp >= proven.timestamp + l2Oracle.FINALIZATION_PERIOD_SECONDS(),
            "Portal: proven withdrawal finalization period has not elapsed"
        );
        require(
            isOutput(proven.l2OutputIndex, proven.outputRoot),
            "Portal: output root proven is not the same as current output root"
        );
        require(
            l2Oracle.isFinalized(proven.l2OutputIndex), "Portal: output proposal finalization period has not elapsed"
        );
        require(withdrawal.value <= escrowed, "Portal: more than is escrowed");

        finalizedWithdrawals[withdrawalHash] = true;
        escrowed -= withdrawal.value;
        l2Sender = withdrawal.sender;
        if (withdrawal.value > 0) open.safeTransfer(withdrawal.target, withdrawal.value);
        if (withdrawal.data.length > 0) callTarget(withdrawal.target, withdrawal.gasLimit, withdrawal.data);
        l2Sender = NO_SENDER;
        emit WithdrawalFinalized(withdrawalHash, true);
    }

    /// Stops proving and finalising for PAUSE_SECONDS. Deposits go on.
    function pause() external onlyGuardian {
        require(block.timestamp >= pausableAt, "Portal: too early to pause again");
        pausedUntil = block.timestamp + PAUSE_SECONDS;
        pausableAt = pausedUntil + PAUSE_SECONDS;
        emit Paused(msg.sender);
    }

    /// Ends a pause early. The next one must be as far away as this one was long.
    function unpause() external onlyGuardian {
        require(paused(), "Portal: not paused");
        uint256 left = pausedUntil - block.timestamp;
        pausedUntil = block.timestamp;
        pausableAt = block.timestamp + PAUSE_SECONDS - left;
        emit Unpaused(msg.sender);
    }

    function setGuardian(address guardian_) external {
        require(msg.sender == systemConfig.owner(), "Portal: only the owner of the system config");
        require(guardian_ != address(0), "Portal: no guardian");
        guardian = guardian_;
        emit GuardianChanged(guardian_);
    }

    function paused() public view returns (bool) {
        return block.timestamp < pausedUntil;
    }

    function isOutputFinalized(uint256 l2OutputIndex) external view returns (bool) {
        return l2Oracle.isFinalized(l2OutputIndex);
    }

    /// Least gas limit of a deposit with so much data.
    function minimumGasLimit(uint64 byteCount) public pure returns (uint64) {
        return byteCount * 40 + 21_000;
    }

    function L2_ORACLE() external view returns (OutputOracle) {
        return l2Oracle;
    }

    function SYSTEM_CONFIG() external view returns (SystemConfig) {
        return systemConfig;
    }

    function GUARDIAN() external view returns (address) {
        return guardian;
    }

    function deposit(address to, uint256 mint, uint256 value, uint64 gasLimit, bool isCreation, bytes calldata data)
        private
    {
        require(initialized, "Portal: not initialized");
        require(!isCreation || to == address(0), "Portal: must send to address(0) when creating a contract");
        require(data.length <= MAX_DEPOSIT_DATA, "Portal: data too large");
        require(gasLimit >= minimumGasLimit(uint64(data.length)), "Portal: gas limit too small");
        address from = isCallerKeyed() ? msg.sender : aliasOf(msg.sender);
        emit TransactionDeposited(from, to, 0, abi.encodePacked(mint, value, gasLimit, isCreation, data));
    }

    /// Calls with all the gas there is, at least `gasLimit`: whoever finalises cannot starve the target. Copies nothing
    /// of what it returns.
    function callTarget(address target, uint256 gasLimit, bytes memory data) private {
        uint256 available = gasleft();
        require(
            available > CALL_OVERHEAD && ((available - CALL_OVERHEAD) / 64) * 63 >= gasLimit,
            "Portal: insufficient gas to call the target"
        );
        bool success;
        assembly ("memory-safe") {
            success := call(gas(), target, 0, add(data, 0x20), mload(data), 0, 0)
        }
        require(success, "Portal: the call of the target failed");
    }

    /// The Portal itself and the token would take a withdrawal's call for the Portal's own.
    function requireTarget(address target) private view {
        require(
            target != address(this) && target != address(open), "Portal: cannot send messages to the portal or to OPEN"
        );
    }

    /// Whether the oracle has this output at this index now.
    function isOutput(uint256 index, bytes32 outputRoot) private view returns (bool) {
        return index < l2Oracle.nextOutputIndex() && l2Oracle.getL2Output(index).outputRoot == outputRoot;
    }

    function hashOf(WithdrawalTransaction calldata withdrawal) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                withdrawal.nonce,
                withdrawal.sender,
                withdrawal.target,
                withdrawal.value,
                withdrawal.gasLimit,
                withdrawal.data
            )
        );
    }
}
