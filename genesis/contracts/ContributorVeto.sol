// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement} from "../../sdk/solidity/ISettlement.sol";
import {SETTLEMENT, TIMELOCK} from "./Addresses.sol";
import {Timelock} from "./Timelock.sol";

/// Contributors may stop a change of what they get while it waits in the timelock: of the split, of the specific part, of
/// the time to claim it. They count by the specific earnings
/// claimed in the 12 complete weeks before the operation was scheduled, each owner for at most 2 % of all: past weeks
/// of a past time, so nothing that is done after scheduling moves a weight. 10 % cancel the operation.
contract ContributorVeto {
    /// `weight`, `tally` and `needed` as in `tallyOf`.
    event Vetoed(bytes32 indexed operation, address indexed owner, uint256 weight, uint256 tally, uint256 needed);
    event Stopped(bytes32 indexed operation);

    /// The timelock has no such operation waiting.
    error NotPending(bytes32 operation);
    /// No call of the operation is one that contributors may stop.
    error NotTheirs(bytes32 operation);
    error AlreadyVetoed(address owner);
    /// The owner earned nothing in the weeks that count.
    error NothingEarned(address owner);

    uint256 public constant WEEKS = 12;
    /// An owner counts for at most this part of all earnings: 2 %.
    uint256 public constant CAP_DIVISOR = 50;
    /// Numbers of the parameters that say what contributors get, and until when.
    uint8 public constant CLAIM_EXPIRY_SEC = 7;
    uint8 public constant SPECIFIC_BPS = 9;
    /// This part of all earnings stops an operation: 10 %.
    uint256 public constant STOP_DIVISOR = 10;

    Timelock internal constant timelock = Timelock(payable(TIMELOCK));
    ISettlement internal constant settlement = ISettlement(SETTLEMENT);

    mapping(uint64 scheduling => uint256) internal tallies;
    mapping(uint64 scheduling => mapping(address owner => bool)) internal vetoed;

    /// Vetoes an operation of several calls, as the governor schedules them: the arguments of `scheduleBatch`.
    function veto(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata payloads,
        bytes32 predecessor,
        bytes32 salt
    ) external {
        bytes32 operation = timelock.hashOperationBatch(targets, values, payloads, predecessor, salt);
        for (uint256 i = 0; i < targets.length; ++i) {
            if (isTheirs(targets[i], payloads[i])) return count(operation);
        }
        revert NotTheirs(operation);
    }

    /// Vetoes an operation of one call that was scheduled as such: the arguments of `schedule`.
    function vetoSingle(address target, uint256 value, bytes calldata data, bytes32 predecessor, bytes32 salt)
        external
    {
        bytes32 operation = timelock.hashOperation(target, value, data, predecessor, salt);
        if (!isTheirs(target, data)) revert NotTheirs(operation);
        count(operation);
    }

    /// The vetoes against an operation that waits, and how many stop it, both in wei times `CAP_DIVISOR`.
    function tallyOf(bytes32 operation) external view returns (uint256 tally, uint256 needed) {
        (uint64 number, uint48 time) = pending(operation);
        (, uint256 total) = earningsBefore(address(0), time);
        return (tallies[number], neededOf(total));
    }

    /// True if the owner has vetoed an operation that waits.
    function hasVetoed(bytes32 operation, address owner) external view returns (bool) {
        (uint64 number,) = pending(operation);
        return vetoed[number][owner];
    }

    /// Specific earnings in wei in the 12 complete weeks before a time: the owner's, and all.
    function earningsBefore(address owner, uint256 time) public view returns (uint256 ofOwner, uint256 total) {
        uint256 end = time / settlement.weekLength();
        for (uint256 week = end < WEEKS ? 0 : end - WEEKS; week < end; ++week) {
            (uint256 own, uint256 all) = settlement.earnings(owner, uint64(week));
            ofOwner += own;
            total += all;
        }
    }

    function count(bytes32 operation) internal {
        (uint64 number, uint48 time) = pending(operation);
        if (vetoed[number][msg.sender]) revert AlreadyVetoed(msg.sender);
        (uint256 own, uint256 total) = earningsBefore(msg.sender, time);
        if (own == 0) revert NothingEarned(msg.sender);

        // Times CAP_DIVISOR, so that the cap needs no rounding.
        uint256 weight = own * CAP_DIVISOR;
        if (weight > total) weight = total;
        uint256 tally = tallies[number] + weight;
        uint256 needed = neededOf(total);
        vetoed[number][msg.sender] = true;
        tallies[number] = tally;
        emit Vetoed(operation, msg.sender, weight, tally, needed);
        if (tally < needed) return;
        emit Stopped(operation);
        timelock.cancel(operation);
    }

    /// A tenth of all earnings, times CAP_DIVISOR: exact, because 10 divides 50.
    function neededOf(uint256 total) internal pure returns (uint256) {
        return total * (CAP_DIVISOR / STOP_DIVISOR);
    }

    function pending(bytes32 operation) internal view returns (uint64 number, uint48 time) {
        if (!timelock.isOperationPending(operation)) revert NotPending(operation);
        return timelock.schedulingOf(operation);
    }

    /// A call that cuts what contributors get: `setSplit`, or `setParam` of one of the two parameters.
    function isTheirs(address target, bytes calldata data) internal pure returns (bool) {
        if (target != SETTLEMENT || data.length < 4) return false;
        bytes4 selector = bytes4(data[:4]);
        if (selector == ISettlement.setSplit.selector) return true;
        if (selector != ISettlement.setParam.selector || data.length < 36) return false;
        uint256 param = uint256(bytes32(data[4:36]));
        return param == CLAIM_EXPIRY_SEC || param == SPECIFIC_BPS;
    }
}
