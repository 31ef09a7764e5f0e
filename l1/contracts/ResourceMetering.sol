// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// Sells the L2 gas of deposits: at most MAX_RESOURCE_LIMIT in one L1 block, at a price that follows demand as in
/// EIP-1559. The price is paid in L1 gas, which is burned, after `ResourceMetering` of the OP Stack.
abstract contract ResourceMetering {
    struct ResourceParams {
        /// Wei per L2 gas in block `prevBlockNum`.
        uint128 prevBaseFee;
        /// L2 gas sold in block `prevBlockNum`.
        uint64 prevBoughtGas;
        /// The L1 block of the last sale.
        uint64 prevBlockNum;
    }

    ResourceParams public params;

    /// L2 gas per L1 block. An L2 block must have room for it and for its first transaction.
    uint64 public constant MAX_RESOURCE_LIMIT = 4_000_000;
    /// Above so much the price rises, below it falls.
    uint256 internal constant TARGET = 1_000_000;
    uint256 internal constant CHANGE_DENOMINATOR = 8;
    uint256 internal constant MINIMUM_BASE_FEE = 1 gwei;

    /// Sells `amount` of L2 gas. What the function itself uses of L1 gas counts towards the price.
    modifier metered(uint64 amount) {
        uint256 initialGas = gasleft();
        _;
        buy(amount, initialGas);
    }

    function startMetering() internal {
        params = ResourceParams(uint128(MINIMUM_BASE_FEE), 0, uint64(block.number));
    }

    function buy(uint64 amount, uint256 initialGas) private {
        ResourceParams memory last = params;
        if (block.number > last.prevBlockNum) {
            last = ResourceParams(uint128(currentBaseFee(last)), 0, uint64(block.number));
        }
        require(
            amount <= MAX_RESOURCE_LIMIT - last.prevBoughtGas,
            "ResourceMetering: cannot buy more gas than available gas limit"
        );
        last.prevBoughtGas += amount;
        params = last;

        uint256 price = (uint256(amount) * last.prevBaseFee) / Math.max(block.basefee, 1 gwei);
        uint256 used = initialGas - gasleft();
        if (price > used) burnGas(price - used);
    }

    /// The price now, some blocks after the last sale; those between sold nothing.
    function currentBaseFee(ResourceParams memory last) private view returns (uint256 fee) {
        fee = last.prevBaseFee;
        uint256 bought = last.prevBoughtGas;
        if (bought > TARGET) fee += (fee * (bought - TARGET)) / TARGET / CHANGE_DENOMINATOR;
        else fee -= (fee * (TARGET - bought)) / TARGET / CHANGE_DENOMINATOR;

        uint256 idleBlocks = block.number - last.prevBlockNum - 1;
        for (uint256 i = 0; i < idleBlocks && fee > MINIMUM_BASE_FEE; ++i) {
            fee -= fee / CHANGE_DENOMINATOR;
        }
        return Math.min(Math.max(fee, MINIMUM_BASE_FEE), type(uint128).max);
    }

    function burnGas(uint256 amount) private view {
        uint256 start = gasleft();
        uint256 i = 0;
        while (start - gasleft() < amount) ++i;
    }
}
