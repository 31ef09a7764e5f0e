// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.22;

// Made by `npm run docs` from attribution/abi/datanets.ts and attribution/datanets/table.ts; do not edit.

/// @notice Datasets with a curator: contributions in the order of their commits, and bonded versions made of them.
/// @dev A native precompile. The errors that its functions revert with are in IErrors.sol.
interface IDatanets {
    struct Opening {
        uint64 index;
        bytes data;
        bytes32[] path;
    }

    struct Datanet {
        address curator;
        bytes32 metadataHash;
        bytes32 licence;
        uint8 consent;
        uint40 consentUntil;
        uint96 bondPerKb;
        uint16 curatorBps;
        uint64 versions;
        uint40 retiredAt;
    }

    struct Contribution {
        bytes32 datanet;
        address owner;
        uint8 status;
        uint64 order;
        uint40 committedAt;
        uint40 activeFrom;
        uint40 revokedAt;
        uint40 quarantinedAt;
        uint40 byteLength;
        bytes32 contentRoot;
        bytes32 licence;
        uint8 consent;
        uint40 consentUntil;
        uint96 bond;
    }

    struct Version {
        bytes32 datanet;
        uint64 sequence;
        bytes32 textRoot;
        bytes32 docRoot;
        uint40 byteLength;
        uint32 documents;
        uint40 publishedAt;
        uint64 publishBlock;
        uint40 supersededAt;
        address publisher;
        bool closed;
        bool refuted;
        uint96 bond;
    }

    event DatanetCreated(
        bytes32 indexed datanet,
        address indexed curator,
        string uri,
        bytes32 metadataHash,
        bytes32 licence,
        uint8 consent,
        uint40 consentUntil,
        uint96 bondPerKb,
        uint16 curatorBps
    );
    event PolicyNarrowed(bytes32 indexed datanet, uint8 consent, uint40 consentUntil);
    event DatanetTransferred(bytes32 indexed datanet, address indexed from, address indexed to);
    event DatanetRetired(bytes32 indexed datanet);
    event ContributionCommitted(
        bytes32 indexed contribution,
        bytes32 indexed datanet,
        address indexed owner,
        uint64 order,
        uint96 bond
    );
    event ContributionRevealed(
        bytes32 indexed contribution,
        bytes32 indexed datanet,
        bytes32 contentRoot,
        uint40 byteLength,
        bytes32 licence,
        uint8 consent,
        uint40 consentUntil
    );
    event ContributionDuplicate(bytes32 indexed contribution, bytes32 indexed standing);
    event CommitExpired(bytes32 indexed contribution, uint96 burned);
    event ContributionTransferred(bytes32 indexed contribution, address indexed from, address indexed to);
    event ConsentRevoked(bytes32 indexed contribution);
    event BondReleased(bytes32 indexed id, address indexed to, uint96 bond);
    event VersionPublished(
        bytes32 indexed version,
        bytes32 indexed datanet,
        uint64 sequence,
        bytes32 textRoot,
        bytes32 docRoot,
        uint40 byteLength,
        uint32 documents
    );
    event VersionClosed(bytes32 indexed version, bytes32 indexed contribution);
    event ContributionReassigned(bytes32 indexed contribution, address indexed from, address indexed to);
    event ContributionQuarantined(bytes32 indexed contribution);
    event QuarantineLifted(bytes32 indexed contribution);

    /// @notice Creates a datanet of the caller. The URI, of at most 512 bytes, is kept in the log only.
    /// @dev Gas beside input: 5 slots, 1 hash, the log by its bytes.
    function createDatanet(
        string calldata uri,
        bytes32 metadataHash,
        bytes32 licence,
        uint8 consent,
        uint40 consentUntil,
        uint96 bondPerKb,
        uint16 curatorBps
    ) external returns (bytes32 datanet);

    /// @notice The curator narrows what new models may do with the datanet, or until when.
    /// @dev Gas beside input: 4 slots.
    function setPolicy(bytes32 datanet, uint8 consent, uint40 consentUntil) external;

    /// @notice The curator gives the datanet and the curator's share to another.
    /// @dev Gas beside input: 4 slots.
    function transferDatanet(bytes32 datanet, address to) external;

    /// @notice The curator ends the datanet: no more commitments and versions. The bond of its newest version is
    /// released a release time later. `WrongStatus` 2: it was ended before.
    /// @dev Gas beside input: 6 slots.
    function retireDatanet(bytes32 datanet) external;

    /// @notice Takes the next order for a content known only by keccak(contentRoot, salt, owner). OPEN sent is its
    /// bond.
    /// @dev Gas beside input: 11 slots, 1 hash, moving the value.
    function commitContribution(bytes32 datanet, bytes32 commitment) external payable returns (bytes32 contribution);

    /// @notice The owner opens the commitment before it becomes active. Of equal contents in a datanet the lowest order
    /// stands; the other gets its bond back.
    /// @dev Gas beside input: 11 slots, 2 hashes; 11 slots more if the content is known.
    function revealContribution(
        bytes32 contribution,
        bytes32 salt,
        bytes32 top,
        uint40 byteLength,
        bytes32 licence,
        uint8 consent,
        uint40 consentUntil
    ) external;

    /// @notice Burns the bond of a commitment that was not revealed in time. Anyone may.
    /// @dev Gas beside input: 10 slots.
    function expireCommit(bytes32 contribution) external;

    /// @notice The owner gives a revealed contribution, its bond and its unclaimed income to another.
    /// @dev Gas beside input: 6 slots.
    function transferContribution(bytes32 contribution, address to) external;

    /// @notice The owner takes a contribution out of future versions; models that exist go on paying.
    /// @dev Gas beside input: 6 slots.
    function revokeConsent(bytes32 contribution) external;

    /// @notice Credits the owner of a revoked contribution with its bond after the release time. Anyone may.
    /// @dev Gas beside input: 12 slots.
    function releaseContributionBond(bytes32 contribution) external;

    /// @notice The curator publishes the next version, bonded: what is false in it can be refuted.
    /// @dev Gas beside input: 14 slots, 1 hash, moving the value.
    function publishVersion(
        bytes32 datanet,
        uint64 sequence,
        bytes32 textRoot,
        bytes32 docRoot,
        uint40 byteLength,
        uint32 documents
    ) external payable returns (bytes32 version);

    /// @notice Bars new models from listing a version that holds a revoked contribution. Anyone may.
    /// @dev Gas beside input: 12 slots and 1 hash per level of the docRoot.
    function closeVersion(bytes32 version, Opening calldata document) external;

    /// @notice Credits a superseded version's publisher with its bond after the release time. Anyone may.
    /// @dev Gas beside input: 12 slots.
    function releaseVersionBond(bytes32 version) external;

    /// @notice The court gives a contribution, with its order and unclaimed income, to whom it belongs.
    /// @dev Gas beside input: 6 slots.
    function reassignContribution(bytes32 contribution, address to) external;

    /// @notice The court stops claims of a contribution and the release of its bond.
    /// @dev Gas beside input: 6 slots.
    function quarantineContribution(bytes32 contribution) external;

    /// @notice The court ends a quarantine.
    /// @dev Gas beside input: 6 slots.
    function liftQuarantine(bytes32 contribution) external;

    /// @notice A datanet as it is stored.
    /// @dev Gas beside input: 4 slots.
    function getDatanet(bytes32 datanet) external view returns (Datanet memory value);

    /// @notice A contribution as it is stored. While committed, contentRoot is the commitment.
    /// @dev Gas beside input: 6 slots.
    function getContribution(bytes32 contribution) external view returns (Contribution memory value);

    /// @notice A version as it is stored.
    /// @dev Gas beside input: 6 slots.
    function getVersion(bytes32 version) external view returns (Version memory value);

    /// @notice A datanet's version by its sequence number, from 1; zero if there is none.
    /// @dev Gas beside input: 1 slot.
    function versionAt(bytes32 datanet, uint64 sequence) external view returns (bytes32 version);

    /// @notice The contribution that stands for a content in a datanet; zero if there is none.
    /// @dev Gas beside input: 1 slot.
    function contributionOf(bytes32 datanet, bytes32 contentRoot) external view returns (bytes32 contribution);
}

IDatanets constant DATANETS = IDatanets(0x0000000000000000000000000000000000000a01);
