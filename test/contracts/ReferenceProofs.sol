// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Opening, ReferenceMerkle} from "./ReferenceMerkle.sol";

/// Verifies the openings of a proof: what a contract that judges refutations has to do at least. It neither reads the
/// leaves nor looks for what is false in them.
contract ReferenceProofs {
    /// The tree that an opening is of.
    struct Head {
        bytes32 root;
        uint64 count;
        uint64 byteLength;
    }

    error InvalidOpening(uint256 index);

    function verify(Head[] calldata heads, Opening[] calldata openings) external pure {
        for (uint256 i = 0; i < openings.length; i++) {
            Head calldata head = heads[i];
            if (!ReferenceMerkle.verify(head.root, head.count, head.byteLength, openings[i])) revert InvalidOpening(i);
        }
    }
}
