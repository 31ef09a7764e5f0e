// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.22;

// Made by `npm run docs` from attribution/abi/models.ts and attribution/models/table.ts; do not edit.

/// @notice Model versions with declared lineage: ancestors and corpus are flattened once, at registration.
/// @dev A native precompile. The errors that its functions revert with are in IErrors.sol.
interface IModels {
    struct Parent {
        bytes32 model;
        uint32 share;
    }

    struct ModelSpec {
        bytes32 weightsHash;
        bytes32 metadataHash;
        bytes32 method;
        uint8 kind;
        uint8 class;
        uint96 priceIn;
        uint96 priceOut;
        uint16 marginBps;
        uint32 minChildShare;
        Parent[] parents;
        bytes32[] versions;
        bytes32[] providers;
    }

    struct Model {
        address owner;
        bytes32 weightsHash;
        bytes32 metadataHash;
        bytes32 method;
        uint8 kind;
        uint8 class;
        uint96 priceIn;
        uint96 priceOut;
        uint16 marginBps;
        uint32 minChildShare;
        uint32 parentShares;
        uint8 ancestors;
        uint8 corpusSize;
        uint8 providers;
        uint40 registeredAt;
        uint40 retiredAt;
        uint96 bond;
    }

    event ModelRegistered(
        bytes32 indexed model,
        address indexed owner,
        bytes32 indexed weightsHash,
        bytes32 metadataHash,
        bytes32 method,
        uint8 kind,
        uint8 class,
        uint96 priceIn,
        uint96 priceOut,
        uint16 marginBps,
        uint32 minChildShare,
        bytes32[] corpus,
        bytes32[] providers
    );
    event AncestorShare(bytes32 indexed model, bytes32 indexed ancestor, uint32 share);
    event ModelTransferred(bytes32 indexed model, address indexed from, address indexed to);
    event ModelRetired(bytes32 indexed model);
    event BondReleased(bytes32 indexed id, address indexed to, uint96 bond);

    /// @notice Registers a model version, bonded, if its parents' terms and its datanets' policies allow it. Nothing of
    /// it changes later but its owner and its retirement.
    /// @dev Gas beside input: 11 slots and 2 hashes; 6 slots and 2 per version more where the weights are bound to
    /// another corpus; per parent 6 slots, 2 per ancestor and 3 per version of its corpus; 8 per own version; 2 per
    /// ancestor, 1 per version and provider of the new model; a log per ancestor.
    function registerModel(ModelSpec calldata spec) external payable returns (bytes32 model);

    /// @notice The owner gives the model, its bond and its income to another.
    /// @dev Gas beside input: 6 slots.
    function transferModel(bytes32 model, address to) external;

    /// @notice The owner ends new channels on the model; those that run go on, and its children go on owing.
    /// @dev Gas beside input: 6 slots.
    function retireModel(bytes32 model) external;

    /// @notice Credits a retired model's owner with its bond after the release time. Anyone may.
    /// @dev Gas beside input: 12 slots.
    function releaseModelBond(bytes32 model) external;

    /// @notice A model version as it is stored.
    /// @dev Gas beside input: 6 slots.
    function getModel(bytes32 model) external view returns (Model memory value);

    /// @notice The versions that answers of the model are traced to, sorted by datanet id.
    /// @dev Gas beside input: 6 slots and 1 per version.
    function getCorpus(bytes32 model) external view returns (bytes32[] memory versions);

    /// @notice The models that share in the owner's part, sorted by id; what is left of 1e9 is the owner's.
    /// @dev Gas beside input: 6 slots and 2 per ancestor.
    function getAncestors(bytes32 model) external view returns (Parent[] memory ancestors);

    /// @notice Whether the agent may serve the model: it is listed, or the model lists nobody.
    /// @dev Gas beside input: 6 or 7 slots.
    function isProvider(bytes32 model, bytes32 agent) external view returns (bool allowed);
}

IModels constant MODELS = IModels(0x0000000000000000000000000000000000000a02);
