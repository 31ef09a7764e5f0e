// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement} from "../../sdk/solidity/ISettlement.sol";
import {SETTLEMENT, TIMELOCK} from "./Addresses.sol";

/// The validators and their weights: the stake of each on L1, as the registry there tells it in deposits. Shares the
/// validators' part of margins by weight, to the wei: what a division leaves over joins the next one.
contract ValidatorVault {
    event Distributed(uint256 amount, uint256 totalWeight);
    event WeightSet(address indexed account, address indexed signer, uint256 weight);
    event Collected(address indexed account, uint256 amount);
    event RegistrySet(address indexed registry);

    error NotRegistry(address caller);
    error NotTimelock(address caller);
    error NothingToCollect(address account);
    error PaymentFailed();

    /// Who is paid.
    struct Account {
        /// Of all its signers. Small numbers, because every unit of weight earns whole wei.
        uint64 weight;
        /// Wei earned up to `perWeight`, and not collected.
        uint128 owed;
        /// The value of the vault's `perWeight` that `owed` counts up to.
        uint256 perWeight;
    }

    /// Who attests.
    struct Seat {
        address account;
        uint32 weight;
        /// In `signers`.
        uint64 position;
    }

    struct Validator {
        address signer;
        address account;
        uint32 weight;
    }

    /// Who sets weights: the alias of the registry on L1; the timelock on a chain without contracts there.
    address public registry;
    uint256 public totalWeight;
    /// Wei that one unit of weight has earned since the beginning.
    uint256 public perWeight;
    /// Wei that belong to validators but were too few for all units of weight.
    uint256 public carry;
    /// Wei held for validators: what they have not collected, and the carry.
    uint256 public reserved;
    mapping(address account => Account) public accounts;
    mapping(address signer => Seat) public seats;
    /// Those with weight, in no order.
    address[] public signers;

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

    /// Pays an account what it has earned. Anyone may call.
    function collect(address account) external returns (uint256 amount) {
        distribute();
        settle(account);
        amount = accounts[account].owed;
        if (amount == 0) revert NothingToCollect(account);
        accounts[account].owed = 0;
        reserved -= amount;
        emit Collected(account, amount);
        (bool paid,) = account.call{value: amount}("");
        if (!paid) revert PaymentFailed();
    }

    /// Wei that `collect` would pay without any further income.
    function owedTo(address account) external view returns (uint256) {
        Account storage entry = accounts[account];
        return entry.owed + (perWeight - entry.perWeight) * entry.weight;
    }

    /// Sets the weight of a signer and who is paid for it, whatever they were; a weight of 0 removes the signer. Income
    /// up to now goes by the weights so far, and can still be collected.
    function setWeight(address account, address signer, uint32 weight) external {
        if (msg.sender != registry) revert NotRegistry(msg.sender);
        distribute();
        Seat memory seat = seats[signer];
        totalWeight = totalWeight - seat.weight + weight;
        if (seat.weight > 0) {
            settle(seat.account);
            accounts[seat.account].weight -= seat.weight;
            if (weight == 0) remove(signer, seat.position);
        }
        if (weight > 0) {
            settle(account);
            accounts[account].weight += weight;
            if (seat.weight == 0) {
                seat.position = uint64(signers.length);
                signers.push(signer);
            }
            seats[signer] = Seat(account, weight, seat.position);
        }
        emit WeightSet(account, signer, weight);
    }

    /// All that have weight, in no order.
    function validatorSet() external view returns (Validator[] memory set) {
        set = new Validator[](signers.length);
        for (uint256 i = 0; i < set.length; ++i) {
            Seat memory seat = seats[signers[i]];
            set[i] = Validator(signers[i], seat.account, seat.weight);
        }
    }

    function setRegistry(address account) external {
        if (msg.sender != TIMELOCK) revert NotTimelock(msg.sender);
        registry = account;
        emit RegistrySet(account);
    }

    /// The last in the list takes the place.
    function remove(address signer, uint64 position) internal {
        address last = signers[signers.length - 1];
        signers[position] = last;
        seats[last].position = position;
        signers.pop();
        delete seats[signer];
    }

    function settle(address account) internal {
        Account storage entry = accounts[account];
        // All OPEN together are below 2^96.
        entry.owed += uint128((perWeight - entry.perWeight) * entry.weight);
        entry.perWeight = perWeight;
    }
}
