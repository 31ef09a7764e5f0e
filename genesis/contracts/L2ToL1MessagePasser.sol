// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Where withdrawals start. The header's withdrawalsRoot is the storage root of this contract, and L1 proves an entry
/// of `sentMessages` (slot 0) against it, as on the OP Stack. Withdrawn value stays here for good: there is no burn.
contract L2ToL1MessagePasser {
    /// A withdrawal that L1 can prove and finalise.
    event MessagePassed(
        uint256 indexed nonce,
        address indexed sender,
        address indexed target,
        uint256 value,
        uint256 gasLimit,
        bytes data,
        bytes32 withdrawalHash
    );

    /// In the two highest bytes of every nonce.
    uint16 public constant MESSAGE_VERSION = 1;

    uint256 internal constant RECEIVE_DEFAULT_GAS_LIMIT = 100_000;

    mapping(bytes32 withdrawalHash => bool) public sentMessages; // slot 0
    uint240 internal counter; // slot 1

    /// Plain transfers withdraw to the sender's address on L1.
    receive() external payable {
        initiateWithdrawal(msg.sender, RECEIVE_DEFAULT_GAS_LIMIT, "");
    }

    /// Withdraws the sent OPEN to `target` on L1, which is then called with `data` and at least `gasLimit` gas.
    function initiateWithdrawal(address target, uint256 gasLimit, bytes memory data) public payable {
        uint256 nonce = messageNonce();
        bytes32 withdrawalHash = keccak256(abi.encode(nonce, msg.sender, target, msg.value, gasLimit, data));
        sentMessages[withdrawalHash] = true;
        unchecked {
            ++counter;
        }
        emit MessagePassed(nonce, msg.sender, target, msg.value, gasLimit, data, withdrawalHash);
    }

    /// The nonce of the next withdrawal: version in the high 16 bits, count in the rest.
    function messageNonce() public view returns (uint256) {
        return (uint256(MESSAGE_VERSION) << 240) | counter;
    }
}
