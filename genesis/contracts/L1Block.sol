// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// The L1 origin of the current block and the fee configuration in force there. Written by the first transaction of
/// every block. Calldata, storage slots and getters are those of the OP Stack's Jovian fork.
contract L1Block {
    /// The caller is not the account of the L1-attributes deposit.
    error NotDepositor();

    /// The only account that may write; no key exists for it.
    address public constant DEPOSITOR_ACCOUNT = 0xDeaDDEaDDeAdDeAdDEAdDEaddeAddEAdDEAd0001;

    // Clients read these slots directly: the order of declarations is part of the interface.
    uint64 public number; // slot 0
    uint64 public timestamp;
    uint256 public basefee; // slot 1
    bytes32 public hash; // slot 2
    uint64 public sequenceNumber; // slot 3
    uint32 public blobBaseFeeScalar;
    uint32 public baseFeeScalar;
    bytes32 public batcherHash; // slot 4
    uint256 public l1FeeOverhead; // slot 5, always 0
    uint256 public l1FeeScalar; // slot 6, always 0
    uint256 public blobBaseFee; // slot 7
    uint64 public operatorFeeConstant; // slot 8
    uint32 public operatorFeeScalar;
    uint16 public daFootprintGasScalar;

    /// Fees are paid in OPEN, not in L1's ether.
    function isCustomGasToken() external pure returns (bool) {
        return true;
    }

    function gasPayingTokenName() external pure returns (string memory) {
        return "OpenLedger";
    }

    function gasPayingTokenSymbol() external pure returns (string memory) {
        return "OPEN";
    }

    /// Takes 178 packed bytes instead of ABI arguments:
    /// selector 4, baseFeeScalar 4, blobBaseFeeScalar 4, sequenceNumber 8, timestamp 8, number 8, basefee 32,
    /// blobBaseFee 32, hash 32, batcherHash 32, operatorFeeScalar 4, operatorFeeConstant 8, daFootprintGasScalar 2.
    function setL1BlockValuesJovian() external {
        if (msg.sender != DEPOSITOR_ACCOUNT) revert NotDepositor();
        assembly ("memory-safe") {
            // Neighbours on the wire are neighbours in a slot, so each slot is one shifted word of calldata.
            sstore(sequenceNumber.slot, shr(128, calldataload(4)))
            sstore(number.slot, shr(128, calldataload(20)))
            sstore(basefee.slot, calldataload(36))
            sstore(blobBaseFee.slot, calldataload(68))
            sstore(hash.slot, calldataload(100))
            sstore(batcherHash.slot, calldataload(132))
            let daScalar := shr(240, calldataload(176))
            sstore(operatorFeeConstant.slot, or(shl(96, daScalar), shr(160, calldataload(164))))
        }
    }
}
