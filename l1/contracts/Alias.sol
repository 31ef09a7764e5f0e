// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

uint160 constant ALIAS_OFFSET = uint160(0x1111000000000000000000000000000000001111);

/// The address that a contract of L1 has as a sender on L2, where somebody else may hold the same address.
function aliasOf(address account) pure returns (address) {
    unchecked {
        return address(uint160(account) + ALIAS_OFFSET);
    }
}

/// Whether the caller has a private key, and with it the same address on L2: it sent the transaction, or it is an
/// account that delegates its code (EIP-7702; nothing else has code that starts with 0xef, EIP-3541).
function isCallerKeyed() view returns (bool) {
    if (msg.sender == tx.origin) return true;
    bytes memory code = msg.sender.code.length == 23 ? msg.sender.code : bytes("");
    return code.length == 23 && bytes3(code) == 0xef0100;
}
