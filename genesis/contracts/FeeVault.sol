// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Collects one kind of fee; anyone may send what has gathered to the recipient that genesis names. The code of all
/// four vaults, with the events and getters of the OP Stack's.
contract FeeVault {
    enum WithdrawalNetwork {
        L1,
        L2
    }

    event Withdrawal(uint256 value, address to, address from);
    event Withdrawal(uint256 value, address to, address from, WithdrawalNetwork withdrawalNetwork);

    /// The vault holds less than the minimum.
    error BelowMinimum(uint256 balance, uint256 minimum);
    /// The recipient refused the payment.
    error PaymentFailed();

    /// Wei paid out so far.
    uint256 public totalProcessed;
    /// The account on this chain that is paid.
    address public recipient;
    /// Wei that must have gathered for a withdrawal.
    uint256 public minWithdrawalAmount;

    receive() external payable {}

    /// Pays the whole balance to the recipient.
    function withdraw() external returns (uint256 value) {
        value = address(this).balance;
        if (value < minWithdrawalAmount) revert BelowMinimum(value, minWithdrawalAmount);
        totalProcessed += value;
        address to = recipient;
        emit Withdrawal(value, to, msg.sender);
        emit Withdrawal(value, to, msg.sender, WithdrawalNetwork.L2);
        (bool paid,) = to.call{value: value}("");
        if (!paid) revert PaymentFailed();
    }

    /// Vaults pay on this chain only.
    function withdrawalNetwork() public pure returns (WithdrawalNetwork) {
        return WithdrawalNetwork.L2;
    }

    function RECIPIENT() external view returns (address) {
        return recipient;
    }

    function MIN_WITHDRAWAL_AMOUNT() external view returns (uint256) {
        return minWithdrawalAmount;
    }

    function WITHDRAWAL_NETWORK() external pure returns (WithdrawalNetwork) {
        return withdrawalNetwork();
    }
}
