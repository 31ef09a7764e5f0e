// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {OutputOracle} from "./OutputOracle.sol";
import {Portal} from "./Portal.sol";

/// What this registry calls on L2.
interface IValidatorVault {
    function setWeight(address account, address signer, uint32 weight) external;
}

/// Validators derive the chain and sign which output root it has at the end of an L1 block, with OPEN at stake. Two
/// thirds of the stake uphold a challenged output. Who signs two claims about the end of one L1 block loses all of its
/// stake: derivation has one result. Every change of stake is told to L2, where validators are paid by it.
/// Nobody has power over the stake of others.
///
/// Money, in wei of OPEN: balance >= `totalStake` + `totalUnbonding` + `burned`; what is merely sent here is no part.
contract ValidatorRegistry is EIP712, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    struct Validator {
        /// Whose stake it is.
        address owner;
        /// When `unbonding` can be withdrawn, Unix seconds.
        uint64 unbondedAt;
        /// Never again a validator.
        bool isSlashed;
        /// In the list of active ones.
        uint8 position;
        /// The key that attests.
        address signer;
        /// Counts, and can be lost. Active validators have some.
        uint96 stake;
        /// Who is paid on L2.
        address account;
        /// No longer counts, but can still be lost.
        uint96 unbonding;
    }

    struct Listed {
        uint256 id;
        address owner;
        address signer;
        address account;
        uint96 stake;
    }

    /// At the end of the L1 block with this hash the L2 block is the safe one and has this output root.
    struct Attestation {
        uint256 l2BlockNumber;
        bytes32 outputRoot;
        bytes32 l1BlockHash;
        bytes signature;
    }

    event Registered(uint256 indexed id, address indexed owner, address indexed signer, address account);
    /// The stake that counts, after a change.
    event StakeChanged(uint256 indexed id, uint256 stake);
    event SignerChanged(uint256 indexed id, address indexed signer, address indexed before);
    event AccountChanged(uint256 indexed id, address indexed account);
    event Unbonding(uint256 indexed id, uint256 amount, uint256 unbondedAt);
    event Withdrawn(uint256 indexed id, uint256 amount);
    event Slashed(
        uint256 indexed id, address indexed signer, address indexed reporter, uint256 amount, uint256 reward
    );

    bytes32 internal constant REGISTER_TYPEHASH = keccak256("Register(address owner)");
    bytes32 internal constant ATTESTATION_TYPEHASH =
        keccak256("Attestation(uint256 chainId,uint256 l2BlockNumber,bytes32 outputRoot,bytes32 l1BlockHash)");
    /// ValidatorVault on L2.
    address internal constant VAULT = 0x4200000000000000000000000000000000000a06;
    /// What setting a weight takes there at most.
    uint64 internal constant L2_GAS = 300_000;

    /// Checking a signature of each must fit into a transaction.
    uint256 public constant MAX_VALIDATORS = 64;
    /// OPEN's cap: weights are whole OPEN in 32 bits.
    uint256 public constant MAX_STAKE = 1_000_000_000 ether;
    /// Part of a slashed stake that whoever brings the proof gets.
    uint256 public constant REWARD_PERCENT = 5;
    string public constant version = "1.0.0";

    OutputOracle public immutable oracle;
    Portal public immutable portal;
    IERC20 public immutable open;
    /// Of L2.
    uint256 public immutable chainId;
    uint256 public immutable MIN_STAKE;
    /// Least seconds between unbonding and withdrawing.
    uint256 public immutable UNBONDING_SECONDS;

    uint256 public totalStake;
    uint256 public totalUnbonding;
    /// Lost stake, which stays here for ever.
    uint256 public burned;
    /// Ids count from 1.
    uint256 public validatorCount;
    mapping(uint256 id => Validator) public validators;
    /// Whose key it is or was; no key serves twice.
    mapping(address signer => uint256 id) public idOf;
    /// Until when a key that was replaced can cost stake, Unix seconds; 0 for those in use.
    mapping(address signer => uint256) public slashableUntil;
    uint256[] internal active;

    modifier onlyOwner(uint256 id) {
        require(msg.sender == validators[id].owner, "ValidatorRegistry: only the owner of the validator");
        _;
    }

    constructor(
        OutputOracle oracle_,
        Portal portal_,
        IERC20 open_,
        uint256 chainId_,
        uint256 minStake,
        uint256 unbondingSeconds_
    ) EIP712("OpenLedger ValidatorRegistry", "1") {
        require(minStake >= 1 ether && minStake <= MAX_STAKE, "ValidatorRegistry: least stake out of range");
        require(unbondingSeconds_ <= 365 days, "ValidatorRegistry: time out of range");
        oracle = oracle_;
        portal = portal_;
        open = open_;
        chainId = chainId_;
        MIN_STAKE = minStake;
        UNBONDING_SECONDS = unbondingSeconds_;
    }

    /// Makes a validator whose stake is the caller's. `signer` agrees by signing `registrationHash(caller)`.
    function register(address signer, address account, uint256 amount, bytes calldata signature)
        external
        nonReentrant
        returns (uint256 id)
    {
        id = ++validatorCount;
        validators[id].owner = msg.sender;
        take(id, signer, signature);
        setPayee(id, account);
        emit Registered(id, msg.sender, signer, account);
        add(id, amount);
    }

    /// Adds to the stake; a validator that has unbonded all of its stake is one again.
    function increase(uint256 id, uint256 amount) external nonReentrant onlyOwner(id) {
        require(!validators[id].isSlashed, "ValidatorRegistry: slashed");
        require(amount > 0, "ValidatorRegistry: no amount");
        add(id, amount);
    }

    /// Takes stake away: it counts no longer, and can be withdrawn when `unbondingSeconds` have passed, with all that
    /// was unbonding already. Either all of it, or MIN_STAKE stays.
    function unbond(uint256 id, uint256 amount) external nonReentrant onlyOwner(id) {
        Validator storage validator = validators[id];
        require(amount > 0 && amount <= validator.stake, "ValidatorRegistry: amount out of range");
        uint256 left = validator.stake - amount;
        require(left == 0 || left >= MIN_STAKE, "ValidatorRegistry: stake too small");
        validator.stake = uint96(left);
        validator.unbonding += uint96(amount);
        validator.unbondedAt = uint64(block.timestamp + unbondingSeconds());
        totalStake -= amount;
        totalUnbonding += amount;
        if (left == 0) remove(id);
        emit StakeChanged(id, left);
        emit Unbonding(id, validator.unbonding, validator.unbondedAt);
        tell(validator.signer);
    }

    /// Pays the owner what has unbonded.
    function withdraw(uint256 id) external nonReentrant onlyOwner(id) {
        Validator storage validator = validators[id];
        uint256 amount = validator.unbonding;
        require(amount > 0, "ValidatorRegistry: nothing to withdraw");
        require(block.timestamp >= validator.unbondedAt, "ValidatorRegistry: too early to withdraw");
        validator.unbonding = 0;
        totalUnbonding -= amount;
        emit Withdrawn(id, amount);
        open.safeTransfer(msg.sender, amount);
    }

    /// Gives a validator another key. What the one before has signed can cost stake for `unbondingSeconds`.
    function setSigner(uint256 id, address signer, bytes calldata signature) external nonReentrant onlyOwner(id) {
        Validator storage validator = validators[id];
        require(validator.stake > 0, "ValidatorRegistry: not active");
        address before = validator.signer;
        slashableUntil[before] = block.timestamp + unbondingSeconds();
        take(id, signer, signature);
        emit SignerChanged(id, signer, before);
        tell(before);
        tell(signer);
    }

    /// Pays another account on L2 from now on.
    function setAccount(uint256 id, address account) external nonReentrant onlyOwner(id) {
        require(validators[id].stake > 0, "ValidatorRegistry: not active");
        setPayee(id, account);
        emit AccountChanged(id, account);
        tell(validators[id].signer);
    }

    /// Two attestations of one key that cannot both be true, as one L1 block ends with one safe block and root, cost all of the stake behind it, what is unbonding too.
    function slash(Attestation calldata first, Attestation calldata second) external nonReentrant {
        require(first.l1BlockHash == second.l1BlockHash, "ValidatorRegistry: attestations of different L1 blocks");
        require(
            first.l2BlockNumber != second.l2BlockNumber || first.outputRoot != second.outputRoot,
            "ValidatorRegistry: attestations that agree"
        );
        address signer = recover(hashOf(first), first.signature);
        require(signer == recover(hashOf(second), second.signature), "ValidatorRegistry: attestations of two signers");
        uint256 id = idOf[signer];
        require(id != 0, "ValidatorRegistry: not a signer");
        uint256 until = slashableUntil[signer];
        require(until == 0 || block.timestamp < until, "ValidatorRegistry: too late to slash");
        Validator storage validator = validators[id];
        uint256 stake = validator.stake;
        uint256 amount = stake + validator.unbonding;
        require(amount > 0, "ValidatorRegistry: nothing at stake");

        uint256 reward = (amount * REWARD_PERCENT) / 100;
        totalStake -= stake;
        totalUnbonding -= validator.unbonding;
        burned += amount - reward;
        validator.stake = 0;
        validator.unbonding = 0;
        validator.isSlashed = true;
        emit Slashed(id, signer, msg.sender, amount, reward);
        if (stake > 0) {
            remove(id);
            emit StakeChanged(id, 0);
            tell(validator.signer);
        }
        open.safeTransfer(msg.sender, reward);
    }

    /// Ends the challenge of an output in the output's favour. Anyone may bring attestations of exactly this output, by
    /// two thirds of the stake or more, ascending by signer.
    function uphold(uint256 index, bytes[] calldata signatures) external {
        OutputOracle.OutputProposal memory output = oracle.getL2Output(index);
        (, bytes32 l1BlockHash) = oracle.outputL1Block(index);
        bytes32 hash = attestationHash(output.l2BlockNumber, output.outputRoot, l1BlockHash);
        address last = address(0);
        uint256 stake = 0;
        for (uint256 i = 0; i < signatures.length; ++i) {
            address signer = recover(hash, signatures[i]);
            require(signer > last, "ValidatorRegistry: signers must ascend");
            uint256 found = stakeOf(signer);
            require(found > 0, "ValidatorRegistry: not an active signer");
            stake += found;
            last = signer;
        }
        require(stake > 0 && 3 * stake >= 2 * totalStake, "ValidatorRegistry: less than two thirds of the stake");
        oracle.uphold(index);
    }

    /// Tells L2 the weight of a signer again, for anyone: should the message before have failed there.
    function sync(address signer) external nonReentrant {
        tell(signer);
    }

    /// The stake that counts for attestations of this key now.
    function stakeOf(address signer) public view returns (uint256) {
        Validator storage validator = validators[idOf[signer]];
        return validator.signer == signer ? validator.stake : 0;
    }

    /// All validators that have stake, in no order.
    function validatorSet() external view returns (Listed[] memory set) {
        set = new Listed[](active.length);
        for (uint256 i = 0; i < set.length; ++i) {
            Validator storage found = validators[active[i]];
            set[i] = Listed(active[i], found.owner, found.signer, found.account, found.stake);
        }
    }

    /// As long as an output that was attested can be doubted, stake can be lost.
    function unbondingSeconds() public view returns (uint256) {
        uint256 doubtful = oracle.FINALIZATION_PERIOD_SECONDS() + oracle.VERIFIER_PERIOD_SECONDS();
        return UNBONDING_SECONDS < doubtful ? doubtful : UNBONDING_SECONDS;
    }

    /// What a key signs to become the signer of a validator of this owner (EIP-712).
    function registrationHash(address owner) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(REGISTER_TYPEHASH, owner)));
    }

    /// What validators sign (EIP-712). It names the L2 block but not the output's index: it is true of any output.
    function attestationHash(uint256 l2BlockNumber, bytes32 outputRoot, bytes32 l1BlockHash)
        public
        view
        returns (bytes32)
    {
        return _hashTypedDataV4(
            keccak256(abi.encode(ATTESTATION_TYPEHASH, chainId, l2BlockNumber, outputRoot, l1BlockHash))
        );
    }

    function take(uint256 id, address signer, bytes calldata signature) private {
        require(idOf[signer] == 0, "ValidatorRegistry: the key was used before");
        require(
            recover(registrationHash(validators[id].owner), signature) == signer,
            "ValidatorRegistry: the signer does not agree"
        );
        idOf[signer] = id;
        validators[id].signer = signer;
    }

    function setPayee(uint256 id, address account) private {
        require(account != address(0), "ValidatorRegistry: no account");
        validators[id].account = account;
    }

    function add(uint256 id, uint256 amount) private {
        Validator storage validator = validators[id];
        if (validator.stake == 0) {
            require(active.length < MAX_VALIDATORS, "ValidatorRegistry: no room for more validators");
            validator.position = uint8(active.length);
            active.push(id);
        }
        uint256 stake = validator.stake + amount;
        require(stake >= MIN_STAKE, "ValidatorRegistry: stake too small");
        require(stake <= MAX_STAKE, "ValidatorRegistry: stake too large");
        validator.stake = uint96(stake);
        totalStake += amount;
        emit StakeChanged(id, stake);
        tell(validator.signer);
        open.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// The last in the list takes the place.
    function remove(uint256 id) private {
        uint8 position = validators[id].position;
        uint256 last = active[active.length - 1];
        active[position] = last;
        validators[last].position = position;
        active.pop();
    }

    function tell(address signer) private {
        bytes memory data = abi.encodeCall(
            IValidatorVault.setWeight,
            (validators[idOf[signer]].account, signer, uint32(stakeOf(signer) / 1 ether))
        );
        portal.depositTransaction(VAULT, 0, L2_GAS, false, data);
    }

    function hashOf(Attestation calldata attestation) private view returns (bytes32) {
        return attestationHash(attestation.l2BlockNumber, attestation.outputRoot, attestation.l1BlockHash);
    }

    function recover(bytes32 hash, bytes calldata signature) private pure returns (address signer) {
        ECDSA.RecoverError problem;
        (signer, problem,) = ECDSA.tryRecoverCalldata(hash, signature);
        require(problem == ECDSA.RecoverError.NoError, "ValidatorRegistry: invalid signature");
    }
}
