// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Lineage as the Models precompile keeps it, written as a contract: who shares in what the owner of a model is paid is
/// flattened once, when the model is registered. Corpora and policies are not part of it.
contract ReferenceLineage {
    struct Ancestor {
        bytes32 model;
        uint32 share;
    }

    /// A parent of a new model: the share agreed with it, the sum of its own parents' shares, its flattened ancestors by id.
    struct Parent {
        bytes32 model;
        uint32 share;
        uint32 parentShares;
        Ancestor[] ancestors;
    }

    struct Model {
        address owner;
        uint96 bond;
        bytes32 weightsHash;
        bytes32 metadataHash;
        bytes32 method;
        uint32 parentShares;
        uint8 ancestors;
        uint40 registeredAt;
    }

    event ModelRegistered(bytes32 indexed model, address indexed owner, bytes32 indexed weightsHash, bytes32 method);
    event AncestorShare(bytes32 indexed model, bytes32 indexed ancestor, uint32 share);

    error UnknownObject(bytes32 id);
    error TooManyAncestors();
    error RoyaltyTooHigh();

    uint256 private constant SHARE_UNIT = 1e9;
    uint256 private constant MAX_ROYALTY = 5e8;
    uint256 private constant MAX_ANCESTORS = 32;
    /// Above every id that a list can hold: a list that has ended.
    bytes32 private constant ENDED = bytes32(type(uint256).max);

    mapping(address creator => uint64) private counts;
    mapping(bytes32 model => Model) private models;
    mapping(bytes32 model => mapping(uint256 index => Ancestor)) private ancestors;

    /// Parents by id.
    function registerModel(bytes32 weightsHash, bytes32 method, bytes32[] calldata parents, uint32[] calldata shares)
        external
        payable
        returns (bytes32 id)
    {
        (Parent[] memory loaded, uint32 parentShares) = load(parents, shares);
        if (parentShares > MAX_ROYALTY) revert RoyaltyTooHigh();
        Ancestor[] memory flat = flattened(loaded);
        id = keccak256(abi.encodePacked("openledger/model", msg.sender, ++counts[msg.sender]));
        Model storage model = models[id];
        (model.owner, model.bond) = (msg.sender, uint96(msg.value));
        (model.weightsHash, model.method) = (weightsHash, method);
        (model.parentShares, model.ancestors) = (parentShares, uint8(flat.length));
        model.registeredAt = uint40(block.timestamp);
        emit ModelRegistered(id, msg.sender, weightsHash, method);
        for (uint256 i = 0; i < flat.length; i++) {
            ancestors[id][i] = flat[i];
            emit AncestorShare(id, flat[i].model, flat[i].share);
        }
    }

    function getAncestors(bytes32 id) external view returns (Ancestor[] memory) {
        return loadAncestors(id);
    }

    /// The computation alone.
    function flatten(Parent[] memory parents) external pure returns (Ancestor[] memory) {
        return flattened(parents);
    }

    /// Reads what `flatten` reads and computes nothing: what is to be taken off its cost.
    function read(Parent[] memory parents) external pure returns (uint256) {
        return parents.length;
    }

    function load(bytes32[] calldata ids, uint32[] calldata shares)
        private
        view
        returns (Parent[] memory parents, uint32 parentShares)
    {
        parents = new Parent[](ids.length);
        for (uint256 i = 0; i < ids.length; i++) {
            Model storage model = models[ids[i]];
            if (model.owner == address(0)) revert UnknownObject(ids[i]);
            parents[i] = Parent(ids[i], shares[i], model.parentShares, loadAncestors(ids[i]));
            parentShares += shares[i];
        }
    }

    function loadAncestors(bytes32 id) private view returns (Ancestor[] memory list) {
        list = new Ancestor[](models[id].ancestors);
        for (uint256 i = 0; i < list.length; i++) {
            list[i] = ancestors[id][i];
        }
    }

    /// flat(child)[a] = sum over parents p of share_p * ([a = p] * (1 - S_p) + flat(p)[a]), each product floored, zeros
    /// dropped, by id: a merge of the parents' lists and of the list of the parents.
    function flattened(Parent[] memory parents) private pure returns (Ancestor[] memory flat) {
        flat = new Ancestor[](MAX_ANCESTORS);
        uint256 count = 0;
        uint256[] memory cursors = new uint256[](parents.length);
        uint256 own = 0;
        while (true) {
            bytes32 least = own < parents.length ? parents[own].model : ENDED;
            for (uint256 i = 0; i < parents.length; i++) {
                Ancestor[] memory list = parents[i].ancestors;
                if (cursors[i] < list.length && list[cursors[i]].model < least) least = list[cursors[i]].model;
            }
            if (least == ENDED) break;
            uint256 share = 0;
            if (own < parents.length && parents[own].model == least) {
                share = parents[own].share * (SHARE_UNIT - parents[own].parentShares) / SHARE_UNIT;
                own++;
            }
            for (uint256 i = 0; i < parents.length; i++) {
                Ancestor[] memory list = parents[i].ancestors;
                if (cursors[i] == list.length || list[cursors[i]].model != least) continue;
                share += uint256(parents[i].share) * list[cursors[i]].share / SHARE_UNIT;
                cursors[i]++;
            }
            if (share == 0) continue;
            if (count == MAX_ANCESTORS) revert TooManyAncestors();
            flat[count++] = Ancestor(least, uint32(share));
        }
        assembly ("memory-safe") { mstore(flat, count) }
    }
}
