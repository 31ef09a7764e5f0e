// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {CONTRIBUTOR_VETO, GOVERNOR} from "./Addresses.sol";

/// Holds the treasury and carries out what the governor decided, after a delay. Only the governor proposes, anyone
/// executes, and nobody administers it but itself. The contributors' veto over the split of margins is beyond its reach:
/// the delay stays at least that of genesis, and the canceller role of ContributorVeto stays.
contract Timelock is TimelockController {
    /// The delay is below that of genesis.
    error DelayTooShort(uint256 delay, uint256 least);
    /// ContributorVeto keeps its role.
    error VetoIsPermanent();

    /// One act of scheduling. An operation that is cancelled and scheduled again is another one.
    struct Scheduling {
        uint64 number;
        /// Unix time, seconds.
        uint48 time;
    }

    /// The shortest delay in seconds that governance can set. Genesis sets it, and the same delay.
    uint256 public leastDelay;
    /// The last scheduling of an operation, counted from 1; zeros if it never was.
    mapping(bytes32 operation => Scheduling) public schedulingOf;
    uint64 internal schedulings;

    constructor() TimelockController(0, only(GOVERNOR), only(address(0)), address(0)) {
        _grantRole(CANCELLER_ROLE, CONTRIBUTOR_VETO);
    }

    function schedule(
        address target,
        uint256 value,
        bytes calldata data,
        bytes32 predecessor,
        bytes32 salt,
        uint256 delay
    ) public override {
        super.schedule(target, value, data, predecessor, salt, delay);
        record(hashOperation(target, value, data, predecessor, salt));
    }

    function scheduleBatch(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata payloads,
        bytes32 predecessor,
        bytes32 salt,
        uint256 delay
    ) public override {
        super.scheduleBatch(targets, values, payloads, predecessor, salt, delay);
        record(hashOperationBatch(targets, values, payloads, predecessor, salt));
    }

    function updateDelay(uint256 newDelay) public override {
        if (newDelay < leastDelay) revert DelayTooShort(newDelay, leastDelay);
        super.updateDelay(newDelay);
    }

    function _revokeRole(bytes32 role, address account) internal override returns (bool) {
        if (role == CANCELLER_ROLE && account == CONTRIBUTOR_VETO) revert VetoIsPermanent();
        return super._revokeRole(role, account);
    }

    function record(bytes32 operation) internal {
        schedulingOf[operation] = Scheduling(++schedulings, uint48(block.timestamp));
    }
}

function only(address account) pure returns (address[] memory list) {
    list = new address[](1);
    list[0] = account;
}
