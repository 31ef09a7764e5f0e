// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement} from "../../sdk/solidity/ISettlement.sol";
import {SETTLEMENT, TIMELOCK} from "./Addresses.sol";

/// Shares the validators' part of margins by weight, to the wei: what a division leaves over joins the next one.
contract ValidatorVault {
    event Distributed(uint256 amount, uint256 totalWeight);
    event WeightSet(address indexed validator, uint256 weight);
    event Collected(address indexed validator, uint256 amount);
    event RegistrySet(address indexed registry);

    error NotRegistry(address caller);
    error NotTimelock(address caller);
    error LengthMismatch(uint256 validators, uint256 weights);
    error NothingToCollect(address validator);
    error PaymentFailed();

    struct Validator {
        /// Small numbers, because every unit of weight earns whole wei.
        uint32 weight;
        /// Wei earned up to `perWeight`, and not collected.
        uint128 owed;
        /// The value of the vault's `perWeight` that `owed` counts up to.
        uint256 perWeight;
    }

    /// Who sets weights: the timelock until there is a registry on L1.
    address public registry;
    uint256 public totalWeight;
    /// Wei that one unit of weight has earned since the beginning.
    uint256 public perWeight;
    /// Wei that belong to validators but were too few for all units of weight.
    uint256 public carry;
    /// Wei held for validators: what they have not collected, and the carry.
    uint256 public reserved;
    mapping(address validator => Validator) public validators;

    constructor() {
        registry = TIMELOCK;
    }

    /// What is sent here is shared like income. Settlement pays without this.
    receive() external payable {}

    /// Pulls the validators' share from Settlement and shares out what came since the last time. While no validator has
    /// weight it only gathers. Anyone may call.
    function distribute() public {
        if (ISettlement(SETTLEMENT).creditOf(address(this)) > 0) ISettlement(SETTLEMENT).sweepFor(address(this));
        uint256 weight = totalWeight;
        uint256 income = address(this).balance - reserved;
        if (weight == 0) return;
        uint256 pot = income + carry;
        perWeight += pot / weight;
        carry = pot % weight;
        reserved += income;
        if (income > 0) emit Distributed(income, weight);
    }

    /// Pays a validator what it has earned. Anyone may call.
    function collect(address validator) external returns (uint256 amount) {
        distribute();
        settle(validator);
        amount = validators[validator].owed;
        if (amount == 0) revert NothingToCollect(validator);
        validators[validator].owed = 0;
        reserved -= amount;
        emit Collected(validator, amount);
        (bool paid,) = validator.call{value: amount}("");
        if (!paid) revert PaymentFailed();
    }

    /// Wei that `collect` would pay without any further income.
    function owedTo(address validator) external view returns (uint256) {
        Validator storage entry = validators[validator];
        return entry.owed + (perWeight - entry.perWeight) * entry.weight;
    }

    /// Sets weights from now on; income up to now goes by the weights so far. A weight of 0 removes a validator, which
    /// can still collect.
    function setWeights(address[] calldata accounts, uint32[] calldata weights) external {
        if (msg.sender != registry) revert NotRegistry(msg.sender);
        if (accounts.length != weights.length) revert LengthMismatch(accounts.length, weights.length);
        distribute();
        uint256 total = totalWeight;
        for (uint256 i = 0; i < accounts.length; ++i) {
            settle(accounts[i]);
            Validator storage entry = validators[accounts[i]];
            total = total - entry.weight + weights[i];
            entry.weight = weights[i];
            emit WeightSet(accounts[i], weights[i]);
        }
        totalWeight = total;
    }

    function setRegistry(address account) external {
        if (msg.sender != TIMELOCK) revert NotTimelock(msg.sender);
        registry = account;
        emit RegistrySet(account);
    }

    function settle(address validator) internal {
        Validator storage entry = validators[validator];
        // All OPEN together are below 2^96.
        entry.owed += uint128((perWeight - entry.perWeight) * entry.weight);
        entry.perWeight = perWeight;
    }
}
