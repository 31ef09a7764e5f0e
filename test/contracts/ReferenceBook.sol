// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReferenceStorage} from "./ReferenceStorage.sol";

error NotPayable();
error AmountTooLarge();
error ZeroAmount();
error BadRecipient();
error NotAllowed();
error UnknownObject(bytes32 id);
error WrongStatus(uint8 status);
error TooEarly(uint256 earliest);
error TooMany(uint256 most);
error OutOfBounds(uint256 min, uint256 max);
error BondTooLow(uint256 needed);
error PoolExceeded();
error AlreadyClaimed();
error SumMismatch();

/// What everybody is owed, and what the contract's balance is for: credits, withdrawals, parameters, the split.
abstract contract ReferenceBook is ReferenceStorage {
    event Credited(address indexed account, uint256 amount);
    event Withdrawn(address indexed account, address indexed to, uint256 amount);
    event SplitSet(Split split);

    address internal constant TIMELOCK = 0x4200000000000000000000000000000000000a01;
    address internal constant VALIDATOR_VAULT = 0x4200000000000000000000000000000000000a06;
    uint256 internal constant UNIT = 10_000;
    uint256 internal constant WEEK = 10 seconds;

    // Parameters by their numbers, and what a development chain starts with.
    uint256 internal constant WINDOW = 1;
    uint256 internal constant NOTICE = 5;
    uint256 internal constant BATCH_GAP = 6;
    uint256 internal constant CLAIM_EXPIRY = 7;
    uint256 internal constant SPECIFIC_BPS = 9;
    uint256 internal constant SLASH_MULTIPLE = 10;
    uint256 internal constant SLASH_FLOOR_BPS = 11;
    uint256 internal constant MIN_STAKE = 12;
    uint256 internal constant MIN_DEPOSIT = 13;
    uint256 internal constant WINDOW_0 = 60;
    uint256 internal constant NOTICE_0 = 120;
    uint256 internal constant BATCH_GAP_0 = 10;
    uint256 internal constant CLAIM_EXPIRY_0 = 3_600;
    uint256 internal constant SPECIFIC_BPS_0 = 5_000;
    uint256 internal constant SLASH_MULTIPLE_0 = 10;
    uint256 internal constant SLASH_FLOOR_BPS_0 = 100;
    uint256 internal constant MIN_STAKE_0 = 100 ether;
    uint256 internal constant MIN_DEPOSIT_0 = 0.01 ether;

    /// Of functions that take no OPEN: what the compiler would check, with an error that has a name.
    modifier free() {
        if (msg.value != 0) revert NotPayable();
        _;
    }

    function withdraw() external payable free returns (uint256 amount) {
        return sweep(msg.sender);
    }

    function sweepFor(address account) external payable free returns (uint256 amount) {
        return sweep(account);
    }

    function withdrawTo(address to, uint256 amount) external payable free {
        if (amount == 0) revert ZeroAmount();
        take(msg.sender, to, checked(amount));
    }

    function setSplit(Split calldata next) external payable free {
        if (msg.sender != TIMELOCK) revert NotAllowed();
        bound(next.data, 3_000, 7_000);
        bound(next.owner, 1_000, 4_000);
        bound(next.validators, 500, 2_000);
        bound(next.treasury, 0, 1_000);
        bound(next.insurance, 200, 1_000);
        bound(next.burn, 200, 1_500);
        uint256 sum = uint256(next.data) + next.owner + next.validators + next.treasury + next.insurance + next.burn;
        if (sum != UNIT) revert SumMismatch();
        split = next;
        emit SplitSet(next);
    }

    /// Adds to an account's credit what the caller has taken out of another bucket.
    function credit(address account, uint256 amount) internal {
        if (amount == 0) return;
        buckets.credits += uint128(amount);
        credits[account] += uint128(amount);
        emit Credited(account, amount);
    }

    function sweep(address account) private returns (uint256 amount) {
        amount = credits[account];
        if (amount == 0) revert AlreadyClaimed();
        take(account, account, amount);
    }

    /// Checks, effects, then the interaction.
    function take(address account, address to, uint256 amount) private {
        uint256 held = credits[account];
        if (amount > held) revert PoolExceeded();
        needRecipient(to);
        credits[account] = uint128(held - amount);
        buckets.credits -= uint128(amount);
        send(to, amount);
        emit Withdrawn(account, to, amount);
    }

    function send(address to, uint256 amount) private {
        (bool sent,) = to.call{value: amount}("");
        require(sent, "payment failed");
    }

    /// The zero address and the protocol itself receive nothing.
    function needRecipient(address to) private pure {
        if (to == address(0) || (uint160(to) >= 0xa01 && uint160(to) <= 0xa05)) revert BadRecipient();
    }

    function bound(uint256 value, uint256 min, uint256 max) private pure {
        if (value < min || value > max) revert OutOfBounds(min, max);
    }

    function checked(uint256 amount) internal pure returns (uint256) {
        if (amount > type(uint96).max) revert AmountTooLarge();
        return amount;
    }

    /// What governance has set, or what the chain started with.
    function param(uint256 number, uint256 initial) internal view returns (uint256) {
        uint256 value = params[number];
        return value == 0 ? initial : value;
    }

    function currentSplit() internal view returns (Split memory shares) {
        shares = split;
        return shares.data == 0 ? Split(5_000, 2_500, 1_000, 500, 500, 500) : shares;
    }
}
