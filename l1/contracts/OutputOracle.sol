// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ChallengeList} from "./ChallengeList.sol";
import {Once} from "./Once.sol";
import {SystemConfig} from "./SystemConfig.sol";

/// Outputs of the chain: roots that withdrawals are proved against. The proposer names, for an L1 block, the L2 block
/// that is safe exactly at its end. Whoever derives something else challenges the output with a bond; the verifier must
/// then uphold it in time, otherwise it goes, with all after it, and the proposer loses its bond. An output that was
/// not challenged for FINALIZATION_PERIOD_SECONDS is final. Functions and events are those of the OP Stack's
/// L2OutputOracle, with L2 blocks at any distance.
///
/// Money, in wei: balance = bonds of all accounts + BOND for each open challenge + `burned`.
contract OutputOracle is Once {
    using ChallengeList for ChallengeList.List;

    struct OutputProposal {
        bytes32 outputRoot;
        uint128 timestamp;
        uint128 l2BlockNumber;
    }

    struct Output {
        OutputProposal proposal;
        bytes32 l1BlockHash;
        uint64 l1BlockNumber;
        address proposer;
        bool upheld;
    }

    struct Challenge {
        address challenger;
        uint64 deadline;
    }

    struct Account {
        uint256 bond;
        /// Unix seconds.
        uint128 lastProposal;
        /// Open challenges of its outputs.
        uint128 challenges;
    }

    struct OracleConfig {
        SystemConfig systemConfig;
        address verifier;
        address proposer;
        address guardian;
        uint256 submissionInterval;
        uint256 finalizationPeriod;
        uint256 verifierPeriod;
        uint256 bond;
        uint256 startingBlockNumber;
        uint256 startingTimestamp;
        bytes32 startingOutputRoot;
        uint256 l1BlockNumber;
        bytes32 l1BlockHash;
    }

    event OutputProposed(
        bytes32 indexed outputRoot, uint256 indexed l2OutputIndex, uint256 indexed l2BlockNumber, uint256 l1Timestamp
    );
    event OutputsDeleted(uint256 indexed prevNextOutputIndex, uint256 indexed newNextOutputIndex);
    event OutputChallenged(uint256 indexed l2OutputIndex, address indexed challenger, uint256 deadline);
    event OutputUpheld(uint256 indexed l2OutputIndex, bytes32 indexed outputRoot);
    event ChallengeRefunded(uint256 indexed l2OutputIndex, address indexed challenger);
    event ProposerSlashed(
        uint256 indexed l2OutputIndex,
        address indexed proposer,
        address indexed challenger,
        uint256 amount,
        uint256 reward
    );
    event BondDeposited(address indexed account, uint256 amount);
    event BondWithdrawn(address indexed account, uint256 amount);
    event ProposerChanged(address indexed proposer);
    event GuardianChanged(address indexed guardian);

    /// For tools of the OP Stack: times of blocks are in whole seconds, intervals too.
    uint256 public constant L2_BLOCK_TIME = 1;
    string public constant version = "1.0.0";

    SystemConfig public systemConfig;
    address public verifier;
    address public guardian;
    /// The account that may propose.
    address public PROPOSER;
    /// Least seconds between outputs.
    uint256 public SUBMISSION_INTERVAL;
    /// Seconds in which an output can be challenged.
    uint256 public FINALIZATION_PERIOD_SECONDS;
    /// Seconds in which the verifier must uphold a challenged output.
    uint256 public VERIFIER_PERIOD_SECONDS;
    /// What a proposer must have deposited, and what a challenge costs.
    uint256 public BOND;
    uint256 public startingBlockNumber;
    uint256 public startingTimestamp;

    uint256 public nextOutputIndex;
    /// Half of every lost bond: nobody challenges its own output for nothing.
    uint256 public burned;
    mapping(uint256 index => Output) internal outputs;
    mapping(uint256 index => Challenge) public challengeOf;
    mapping(address => Account) internal accounts;
    ChallengeList.List internal challenged;

    modifier onlyOwner() {
        require(msg.sender == systemConfig.owner(), "L2OutputOracle: only the owner of the system config");
        _;
    }

    /// The first output, of the genesis block, needs no proof: it is part of the deployment. Its L1 block, the chain's
    /// origin, is one of the last 256.
    function initialize(OracleConfig calldata config) external once {
        require(address(config.systemConfig).code.length > 0, "L2OutputOracle: no system config");
        require(config.verifier.code.length > 0, "L2OutputOracle: no verifier");
        require(config.proposer != address(0) && config.guardian != address(0), "L2OutputOracle: no address");
        require(
            config.submissionInterval > 0 && config.finalizationPeriod > 0 && config.verifierPeriod > 0
                && config.submissionInterval <= 365 days && config.finalizationPeriod <= 365 days
                && config.verifierPeriod <= 365 days,
            "L2OutputOracle: time out of range"
        );
        require(config.bond > 0, "L2OutputOracle: no bond");
        require(config.startingOutputRoot != 0, "L2OutputOracle: output root is zero");
        require(
            config.startingTimestamp <= block.timestamp && config.startingBlockNumber <= type(uint128).max,
            "L2OutputOracle: starts in the future"
        );
        // On another fork of L1 the chain would have no origin.
        require(
            config.l1BlockHash != 0 && blockhash(config.l1BlockNumber) == config.l1BlockHash,
            "L2OutputOracle: L1 has no such block"
        );
        systemConfig = config.systemConfig;
        verifier = config.verifier;
        PROPOSER = config.proposer;
        guardian = config.guardian;
        SUBMISSION_INTERVAL = config.submissionInterval;
        FINALIZATION_PERIOD_SECONDS = config.finalizationPeriod;
        VERIFIER_PERIOD_SECONDS = config.verifierPeriod;
        BOND = config.bond;
        startingBlockNumber = config.startingBlockNumber;
        startingTimestamp = config.startingTimestamp;
        append(config.startingOutputRoot, config.startingBlockNumber, config.l1BlockHash, config.l1BlockNumber);
    }

    /// Adds an output. Value sent along is added to the proposer's bond.
    function proposeL2Output(bytes32 outputRoot, uint256 l2BlockNumber, bytes32 l1BlockHash, uint256 l1BlockNumber)
        external
        payable
    {
        require(msg.sender == PROPOSER, "L2OutputOracle: only the proposer address can propose new outputs");
        credit(msg.sender, msg.value);
        require(accounts[msg.sender].bond >= BOND, "L2OutputOracle: bond too small");
        require(outputRoot != 0, "L2OutputOracle: L2 output proposal cannot be the zero hash");
        Output storage last = outputs[latestOutputIndex()];
        require(
            l2BlockNumber > last.proposal.l2BlockNumber && l2BlockNumber <= type(uint128).max,
            "L2OutputOracle: block number must be higher than that of the last output"
        );
        require(block.timestamp >= nextOutputTimestamp(), "L2OutputOracle: too soon after the last output");
        require(
            l1BlockNumber > last.l1BlockNumber,
            "L2OutputOracle: L1 block number must be higher than that of the last output"
        );
        require(
            l1BlockHash != 0 && blockhash(l1BlockNumber) == l1BlockHash,
            "L2OutputOracle: block hash does not match the hash at the expected height"
        );
        accounts[msg.sender].lastProposal = uint128(block.timestamp);
        append(outputRoot, l2BlockNumber, l1BlockHash, l1BlockNumber);
    }

    /// Doubts an output that is not final, for BOND. Until the verifier has upheld it, neither it nor any after it is.
    function challenge(uint256 index) public payable {
        require(msg.value == BOND, "L2OutputOracle: a challenge costs exactly the bond");
        require(index > 0 && index < nextOutputIndex, "L2OutputOracle: no such output to challenge");
        require(!isOld(index), "L2OutputOracle: too late to challenge the output");
        require(!outputs[index].upheld, "L2OutputOracle: the output was upheld");
        require(challengeOf[index].challenger == address(0), "L2OutputOracle: the output is challenged already");
        uint256 deadline = block.timestamp + VERIFIER_PERIOD_SECONDS;
        challengeOf[index] = Challenge(msg.sender, uint64(deadline));
        challenged.insert(index);
        ++accounts[outputs[index].proposer].challenges;
        emit OutputChallenged(index, msg.sender, deadline);
    }

    /// As above, but of no other output that took this index meanwhile.
    function challenge(uint256 index, bytes32 outputRoot) external payable {
        require(outputAt(index).proposal.outputRoot == outputRoot, "L2OutputOracle: another output");
        challenge(index);
    }

    /// The verifier found a challenged output right: the challenger loses its bond, half of it to the proposer.
    function uphold(uint256 index) external {
        require(msg.sender == verifier, "L2OutputOracle: only the verifier");
        require(block.timestamp <= deadlineOf(index), "L2OutputOracle: too late to uphold the output");
        close(index);
        Output storage output = outputs[index];
        output.upheld = true;
        accounts[output.proposer].bond += BOND / 2;
        burned += BOND - BOND / 2;
        emit OutputUpheld(index, output.proposal.outputRoot);
    }

    /// Nobody upheld a challenged output in time: it and all after it go. The proposer loses its bond, half of it to the
    /// challenger, who has its own back, as have those who challenged later outputs.
    function resolve(uint256 index) external {
        require(block.timestamp > deadlineOf(index), "L2OutputOracle: the verifier has time yet");
        address proposer = outputs[index].proposer;
        address challenger = challengeOf[index].challenger;
        deleteFrom(index);
        uint256 bond = accounts[proposer].bond;
        uint256 amount = bond < BOND ? bond : BOND;
        uint256 reward = amount / 2;
        accounts[proposer].bond -= amount;
        accounts[challenger].bond += reward;
        burned += amount - reward;
        emit ProposerSlashed(index, proposer, challenger, amount, reward);
    }

    /// Deletes an output that is not final and all after it. Open challenges of them are paid back, nobody is slashed.
    function deleteL2Outputs(uint256 l2OutputIndex) external {
        require(msg.sender == guardian, "L2OutputOracle: only the challenger address can delete outputs");
        require(
            l2OutputIndex > 0 && l2OutputIndex < nextOutputIndex,
            "L2OutputOracle: cannot delete outputs after the latest output index"
        );
        require(
            !isFinalized(l2OutputIndex), "L2OutputOracle: cannot delete outputs that have already been finalized"
        );
        deleteFrom(l2OutputIndex);
    }

    function depositBond() external payable {
        credit(msg.sender, msg.value);
    }

    /// Takes back what is not locked.
    function withdrawBond(uint256 amount) external {
        Account storage account = accounts[msg.sender];
        require(amount <= account.bond - lockedBond(msg.sender), "L2OutputOracle: the bond is locked");
        account.bond -= amount;
        emit BondWithdrawn(msg.sender, amount);
        Address.sendValue(payable(msg.sender), amount);
    }

    function setProposer(address proposer) external onlyOwner {
        require(proposer != address(0), "L2OutputOracle: no address");
        PROPOSER = proposer;
        emit ProposerChanged(proposer);
    }

    function setGuardian(address guardian_) external onlyOwner {
        require(guardian_ != address(0), "L2OutputOracle: no address");
        guardian = guardian_;
        emit GuardianChanged(guardian_);
    }

    function CHALLENGER() external view returns (address) {
        return guardian;
    }

    function getL2Output(uint256 l2OutputIndex) public view returns (OutputProposal memory) {
        return outputAt(l2OutputIndex).proposal;
    }

    /// The first output that covers an L2 block.
    function getL2OutputAfter(uint256 l2BlockNumber) external view returns (OutputProposal memory) {
        return getL2Output(getL2OutputIndexAfter(l2BlockNumber));
    }

    function getL2OutputIndexAfter(uint256 l2BlockNumber) public view returns (uint256) {
        require(
            l2BlockNumber <= latestBlockNumber(),
            "L2OutputOracle: cannot get output for a block that has not been proposed"
        );
        uint256 low = 0;
        uint256 high = latestOutputIndex();
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (outputs[middle].proposal.l2BlockNumber < l2BlockNumber) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    function latestOutputIndex() public view returns (uint256) {
        return nextOutputIndex - 1;
    }

    function latestBlockNumber() public view returns (uint256) {
        return outputs[latestOutputIndex()].proposal.l2BlockNumber;
    }

    /// The lowest L2 block that can be proposed.
    function nextBlockNumber() external view returns (uint256) {
        return latestBlockNumber() + 1;
    }

    /// When the next output can be proposed, Unix seconds.
    function nextOutputTimestamp() public view returns (uint256) {
        return outputs[latestOutputIndex()].proposal.timestamp + SUBMISSION_INTERVAL;
    }

    /// The L1 block at whose end the output's L2 block is the safe one.
    function outputL1Block(uint256 index) external view returns (uint256 number, bytes32 hash) {
        Output storage output = outputAt(index);
        return (output.l1BlockNumber, output.l1BlockHash);
    }

    function outputProposer(uint256 index) external view returns (address) {
        return outputAt(index).proposer;
    }

    function isUpheld(uint256 index) external view returns (bool) {
        return outputAt(index).upheld;
    }

    /// Whether the time to challenge an output is over and no challenge of it or of one before it is open.
    function isFinalized(uint256 index) public view returns (bool) {
        return index < nextOutputIndex && isOld(index) && !isFrozen(index);
    }

    /// Whether a challenge of the output or of one before it is open.
    function isFrozen(uint256 index) public view returns (bool) {
        uint256 first = challenged.first();
        return first != 0 && first <= index;
    }

    function openChallenges() external view returns (uint256) {
        return challenged.length;
    }

    function bondOf(address account) external view returns (uint256) {
        return accounts[account].bond;
    }

    /// What of an account's bond stays: BOND while an output of it can be challenged or is.
    function lockedBond(address account) public view returns (uint256) {
        Account storage found = accounts[account];
        bool locked = found.challenges > 0
            || (found.lastProposal > 0 && block.timestamp < found.lastProposal + FINALIZATION_PERIOD_SECONDS);
        if (!locked) return 0;
        return found.bond < BOND ? found.bond : BOND;
    }

    function append(bytes32 outputRoot, uint256 l2BlockNumber, bytes32 l1BlockHash, uint256 l1BlockNumber) private {
        uint256 index = nextOutputIndex++;
        outputs[index] = Output(
            OutputProposal(outputRoot, uint128(block.timestamp), uint128(l2BlockNumber)),
            l1BlockHash,
            uint64(l1BlockNumber),
            msg.sender,
            false
        );
        emit OutputProposed(outputRoot, index, l2BlockNumber, block.timestamp);
    }

    /// Deletes outputs and gives the bonds of their challenges back. Their storage is written anew by the next ones.
    function deleteFrom(uint256 index) private {
        for (uint256 last = challenged.last(); last >= index; last = challenged.last()) {
            address challenger = challengeOf[last].challenger;
            close(last);
            accounts[challenger].bond += BOND;
            emit ChallengeRefunded(last, challenger);
        }
        emit OutputsDeleted(nextOutputIndex, index);
        nextOutputIndex = index;
    }

    function close(uint256 index) private {
        delete challengeOf[index];
        challenged.remove(index);
        --accounts[outputs[index].proposer].challenges;
    }

    function credit(address account, uint256 amount) private {
        if (amount == 0) return;
        accounts[account].bond += amount;
        emit BondDeposited(account, amount);
    }

    function deadlineOf(uint256 index) private view returns (uint256) {
        Challenge storage found = challengeOf[index];
        require(found.challenger != address(0), "L2OutputOracle: the output is not challenged");
        return found.deadline;
    }

    function outputAt(uint256 index) private view returns (Output storage) {
        require(index < nextOutputIndex, "L2OutputOracle: no such output");
        return outputs[index];
    }

    function isOld(uint256 index) private view returns (bool) {
        return block.timestamp >= outputs[index].proposal.timestamp + FINALIZATION_PERIOD_SECONDS;
    }
}
