// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Indices of challenged outputs in ascending order, none twice. 0 is the end of the list on both sides.
library ChallengeList {
    struct Link {
        uint128 previous;
        uint128 next;
    }

    struct List {
        mapping(uint256 index => Link) links;
        uint256 length;
    }

    /// The lowest; 0 if there is none.
    function first(List storage list) internal view returns (uint256) {
        return list.links[0].next;
    }

    /// The highest; 0 if there is none.
    function last(List storage list) internal view returns (uint256) {
        return list.links[0].previous;
    }

    /// Adds an index that is not in the list. Looks for its place from the highest down: newer outputs are challenged
    /// more often, and each challenge in between costs a bond.
    function insert(List storage list, uint256 index) internal {
        uint256 before = last(list);
        while (before > index) before = list.links[before].previous;
        uint256 behind = list.links[before].next;
        list.links[index] = Link(uint128(before), uint128(behind));
        list.links[before].next = uint128(index);
        list.links[behind].previous = uint128(index);
        ++list.length;
    }

    /// Removes an index that is in the list.
    function remove(List storage list, uint256 index) internal {
        Link memory link = list.links[index];
        list.links[link.previous].next = link.next;
        list.links[link.next].previous = link.previous;
        delete list.links[index];
        --list.length;
    }
}
