// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Executes a tree of calls that its calldata writes down, so that a test can put a call at any depth, inside frames
/// that revert after their writes or catch what fails. Each step is
///
///     u8 kind | address target | u96 value | u32 gas, 0 for all | u24 length | data
///
/// and a call to another Tree (or to this one) with steps as its data is a subtree. Gives the trace of what ran: for each
/// call `u8 succeeded | u32 length | returned data`, which for a subtree is its own trace. A frame that reverts gives its
/// trace as revert data.
contract Tree {
    uint8 private constant CALL = 0;
    uint8 private constant STATICCALL = 1;
    uint8 private constant DELEGATECALL = 2;
    uint8 private constant CALLCODE = 3;
    /// Reverts this frame, whatever it did before.
    uint8 private constant REVERT = 4;
    /// Ends this frame with all its gas gone.
    uint8 private constant INVALID = 5;
    /// Added to a kind of call: when it fails, this frame goes on. Without it the frame reverts.
    uint8 private constant CATCH = 0x80;
    uint256 private constant HEAD = 40;

    receive() external payable {}

    fallback(bytes calldata steps) external payable returns (bytes memory trace) {
        while (steps.length > 0) {
            uint8 kind = uint8(steps[0]);
            if (kind == REVERT) undo(trace);
            if (kind == INVALID) assembly ("memory-safe") { invalid() }
            uint256 length = uint24(bytes3(steps[37:HEAD]));
            bytes memory data = steps[HEAD:HEAD + length];
            bytes calldata head = steps[:HEAD];
            steps = steps[HEAD + length:];
            (bool succeeded, bytes memory result) = perform(
                kind & ~CATCH, address(bytes20(head[1:21])), uint96(bytes12(head[21:33])), uint32(bytes4(head[33:37])), data
            );
            trace = abi.encodePacked(trace, succeeded, uint32(result.length), result);
            if (!succeeded && kind & CATCH == 0) undo(trace);
        }
    }

    function perform(uint8 kind, address target, uint256 value, uint256 limit, bytes memory data)
        private
        returns (bool succeeded, bytes memory result)
    {
        if (limit == 0) limit = gasleft();
        if (kind == STATICCALL) return target.staticcall{gas: limit}(data);
        if (kind == DELEGATECALL) return target.delegatecall{gas: limit}(data);
        if (kind == CALL) return target.call{gas: limit, value: value}(data);
        require(kind == CALLCODE, "no such step");
        assembly ("memory-safe") {
            succeeded := callcode(limit, target, value, add(data, 32), mload(data), 0, 0)
            result := mload(0x40)
            mstore(result, returndatasize())
            returndatacopy(add(result, 32), 0, returndatasize())
            mstore(0x40, add(result, and(add(returndatasize(), 63), not(31))))
        }
    }

    function undo(bytes memory trace) private pure {
        assembly ("memory-safe") { revert(add(trace, 32), mload(trace)) }
    }
}
