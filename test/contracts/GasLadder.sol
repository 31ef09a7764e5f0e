// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Tries one call with every gas limit of a range. Each try is undone, so all begin from the same state.
contract GasLadder {
    receive() external payable {}

    /// One byte for each limit from `first` to `last`: 1 if the call succeeded with it.
    function climb(address target, uint256 value, bytes calldata data, uint256 first, uint256 last)
        external
        payable
        returns (bytes memory succeeded)
    {
        succeeded = new bytes(last - first + 1);
        for (uint256 limit = first; limit <= last; limit++) {
            try this.attempt(target, value, data, limit) {}
            catch (bytes memory result) {
                succeeded[limit - first] = result[0];
            }
        }
    }

    /// Calls, then reverts with one byte that says whether the call succeeded.
    function attempt(address target, uint256 value, bytes calldata data, uint256 limit) external {
        (bool succeeded,) = target.call{gas: limit, value: value}(data);
        assembly ("memory-safe") {
            mstore8(0, succeeded)
            revert(0, 1)
        }
    }
}
