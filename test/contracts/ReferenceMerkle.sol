// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// One leaf of a tree with the siblings on its way up, as the protocol's interfaces have it.
struct Opening {
    uint64 index;
    bytes data;
    bytes32[] path;
}

/// The Merkle trees of the attribution protocol in Solidity: leaf = keccak(0x00, u64 index, data), node =
/// keccak(0x01, left, right), an odd node is promoted, root = keccak(0x02, u64 count, u64 byteLength, top).
library ReferenceMerkle {
    /// True if the tree has this leaf: the path has to be exactly as long as index and count demand.
    function verify(bytes32 root, uint256 count, uint256 byteLength, Opening calldata opening)
        internal
        pure
        returns (bool)
    {
        uint256 place = opening.index;
        if (place >= count) return false;
        bytes32[] calldata path = opening.path;
        bytes32 hash = leafOf(opening.index, opening.data);
        uint256 used = 0;
        for (uint256 size = count; size > 1; size = (size + 1) >> 1) {
            if (place ^ 1 < size) {
                if (used == path.length) return false;
                bytes32 sibling = path[used++];
                hash = place & 1 == 0 ? nodeOf(hash, sibling) : nodeOf(sibling, hash);
            }
            place >>= 1;
        }
        return used == path.length && rootOf(count, byteLength, hash) == root;
    }

    /// The root over leaves that are already hashed. Overwrites them.
    function rootOfHashes(bytes32[] memory hashes) internal pure returns (bytes32) {
        uint256 size = hashes.length;
        while (size > 1) {
            uint256 pairs = size >> 1;
            for (uint256 pair = 0; pair < pairs; pair++) {
                hashes[pair] = nodeOf(hashes[2 * pair], hashes[2 * pair + 1]);
            }
            if (size & 1 == 1) hashes[pairs++] = hashes[size - 1];
            size = pairs;
        }
        return rootOf(hashes.length, 0, hashes.length == 0 ? bytes32(0) : hashes[0]);
    }

    function leafOf(uint64 index, bytes calldata data) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(bytes1(0x00), index, data));
    }

    function rootOf(uint256 count, uint256 byteLength, bytes32 top) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(bytes1(0x02), uint64(count), uint64(byteLength), top));
    }

    /// Behind the memory in use, without allocating any: 65 bytes do not fit the scratch space.
    function nodeOf(bytes32 left, bytes32 right) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore8(free, 0x01)
            mstore(add(free, 0x01), left)
            mstore(add(free, 0x21), right)
            hash := keccak256(free, 0x41)
        }
    }
}
