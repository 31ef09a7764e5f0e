// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Portal} from "../../l1/contracts/Portal.sol";

/// Target of withdrawals: tells what it saw, and misbehaves on demand.
contract WithdrawalTarget {
    event Taken(address caller, address l2Sender, uint256 gasAtStart);
    event Tried(bool success, bytes output);

    Portal private immutable portal;
    bool public refuses;
    bytes private attempt;

    constructor(Portal portal_) {
        portal = portal_;
    }

    function setRefuses(bool refuses_) external {
        refuses = refuses_;
    }

    /// A call that it makes to the portal when a withdrawal reaches it.
    function setAttempt(bytes calldata attempt_) external {
        attempt = attempt_;
    }

    function take() external {
        uint256 gasAtStart = gasleft();
        require(!refuses, "not now");
        emit Taken(msg.sender, portal.l2Sender(), gasAtStart);
        if (attempt.length == 0) return;
        (bool success, bytes memory output) = address(portal).call(attempt);
        emit Tried(success, output);
    }

    /// Swallows the lack of gas: with little gas it succeeds and does nothing.
    function takeIfItCan() external {
        try this.spend() {
            emit Taken(msg.sender, portal.l2Sender(), gasleft());
        } catch {}
    }

    function spend() external view {
        uint256 start = gasleft();
        uint256 i = 0;
        while (start - gasleft() < 200_000) ++i;
    }

    /// Answers with a megabyte.
    function returnMuch() external pure {
        assembly {
            return(0, 1000000)
        }
    }
}

/// Passes calls on: what a contract wallet does, and the code that an account delegates to. Takes no plain money.
contract CallForwarder {
    function forward(address to, bytes calldata data) external payable returns (bytes memory) {
        (bool success, bytes memory output) = to.call{value: msg.value}(data);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(output, 0x20), mload(output))
            }
        }
        return output;
    }
}
