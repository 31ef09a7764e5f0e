// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAgents} from "../../sdk/solidity/IAgents.sol";
import {IDatanets} from "../../sdk/solidity/IDatanets.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {AGENTS, DATANETS, TIMELOCK} from "./Addresses.sol";

/// Decides what no proof can: plagiarism, poison, breach of a licence, misconduct of an agent. The owner, at first the
/// timelock, schedules orders; after the delay anyone has them carried out.
contract Court is Ownable2Step {
    event OrderScheduled(uint256 indexed order, address indexed target, bytes data, uint256 executableAt);
    event OrderExecuted(uint256 indexed order);
    event OrderCancelled(uint256 indexed order);

    /// The court cannot order this.
    error OrderNotAllowed(address target, bytes data);
    /// Never scheduled, or executed or cancelled before.
    error UnknownOrder(uint256 order);
    error TooEarly(uint256 executableAt);
    /// Without an owner nothing could be quarantined or lifted any more.
    error OwnerRequired();

    struct Order {
        address target;
        /// Unix time, seconds.
        uint48 executableAt;
        bytes data;
    }

    /// Seconds from scheduling to execution. Genesis sets it.
    uint256 public delay;
    /// Orders scheduled so far; the first has the number 1.
    uint256 public orders;
    /// Orders that wait.
    mapping(uint256 order => Order) public orderOf;

    constructor() Ownable(TIMELOCK) {}

    /// Schedules one of four calls: `reassignContribution`, `quarantineContribution` or `liftQuarantine` of Datanets,
    /// `slashAgent` of Agents, which take these calls from the court alone.
    function schedule(address target, bytes calldata data) external onlyOwner returns (uint256 order) {
        if (!isAllowed(target, data)) revert OrderNotAllowed(target, data);
        order = ++orders;
        uint256 executableAt = block.timestamp + delay;
        orderOf[order] = Order(target, uint48(executableAt), data);
        emit OrderScheduled(order, target, data, executableAt);
    }

    function cancel(uint256 order) external onlyOwner {
        take(order);
        emit OrderCancelled(order);
    }

    /// Carries out an order whose time has come. Anyone may call.
    function execute(uint256 order) external {
        Order memory taken = take(order);
        if (block.timestamp < taken.executableAt) revert TooEarly(taken.executableAt);
        emit OrderExecuted(order);
        Address.functionCall(taken.target, taken.data);
    }

    function renounceOwnership() public pure override {
        revert OwnerRequired();
    }

    function take(uint256 order) internal returns (Order memory taken) {
        taken = orderOf[order];
        if (taken.target == address(0)) revert UnknownOrder(order);
        delete orderOf[order];
    }

    function isAllowed(address target, bytes calldata data) internal pure returns (bool) {
        if (data.length < 4) return false;
        bytes4 selector = bytes4(data[:4]);
        if (target == AGENTS) return selector == IAgents.slashAgent.selector && data.length == 68;
        if (target != DATANETS) return false;
        if (selector == IDatanets.reassignContribution.selector) return data.length == 68;
        return data.length == 36
            && (selector == IDatanets.quarantineContribution.selector
                || selector == IDatanets.liftQuarantine.selector);
    }
}
