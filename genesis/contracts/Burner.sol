// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement} from "../../sdk/solidity/ISettlement.sol";
import {MESSAGE_PASSER, SETTLEMENT} from "./Addresses.sol";
import {L2ToL1MessagePasser} from "./L2ToL1MessagePasser.sol";

/// Takes what the protocol burns out of the chain: a withdrawal to 0x…dEaD. Finalising it on L1 moves as much out of the
/// escrow, so escrow and supply stay equal.
contract Burner {
    event Burned(uint256 amount, uint256 withdrawalNonce);

    /// There is less to burn than the least that a withdrawal is made for.
    error BelowMinimum(uint256 amount, uint256 minimum);

    address internal constant DEAD = 0x000000000000000000000000000000000000dEaD;
    uint256 internal constant GAS_LIMIT = 100_000;

    /// Wei burned so far.
    uint256 public totalBurned;
    /// Wei that must have gathered: a withdrawal costs gas on L1.
    uint256 public leastBurn;

    /// What is sent here is burned too.
    receive() external payable {}

    /// Burns all that Settlement releases, and what lies here. Anyone may call, once that is
    /// `leastBurn`; Settlement reverts when it has nothing.
    function burn() external returns (uint256 amount) {
        ISettlement(SETTLEMENT).releaseBurns();
        amount = address(this).balance;
        if (amount < leastBurn) revert BelowMinimum(amount, leastBurn);
        totalBurned += amount;
        L2ToL1MessagePasser passer = L2ToL1MessagePasser(payable(MESSAGE_PASSER));
        emit Burned(amount, passer.messageNonce());
        passer.initiateWithdrawal{value: amount}(DEAD, GAS_LIMIT, "");
    }
}
