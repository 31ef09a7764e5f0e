// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";

/// Holds the locked part of one bucket of the OPEN allocation. Nothing until `start`, then linear to everything at
/// `start + duration`. A cliff is a later start. The owner is the beneficiary and may hand over that right in two steps.
/// The chain's genesis writes the code and the fields; the constructor never runs.
contract Vesting is Ownable2Step {
    event Released(address indexed beneficiary, uint256 amount);

    error NothingToRelease();
    error PaymentFailed();
    /// Without an owner the balance would be locked for ever.
    error OwnerRequired();

    /// Unix time, seconds.
    uint64 public start;
    /// Seconds.
    uint64 public duration;
    /// Wei paid out so far.
    uint256 public released;

    constructor() Ownable(msg.sender) {}

    /// What is sent here later vests on the same schedule.
    receive() external payable {}

    /// Pays what has vested to the beneficiary. Anyone may call.
    function release() external {
        uint256 amount = releasable();
        if (amount == 0) revert NothingToRelease();
        released += amount;
        address beneficiary = owner();
        emit Released(beneficiary, amount);
        (bool paid,) = beneficiary.call{value: amount}("");
        if (!paid) revert PaymentFailed();
    }

    /// Wei that `release` would pay now.
    function releasable() public view returns (uint256) {
        return vestedAmount(uint64(block.timestamp)) - released;
    }

    /// Wei vested at a time, paid out or not, rounded down.
    function vestedAmount(uint64 time) public view returns (uint256) {
        uint256 total = address(this).balance + released;
        if (time < start) return 0;
        uint256 elapsed = time - start;
        return elapsed >= duration ? total : (total * elapsed) / duration;
    }

    function end() external view returns (uint256) {
        return uint256(start) + duration;
    }

    function renounceOwnership() public pure override {
        revert OwnerRequired();
    }
}
