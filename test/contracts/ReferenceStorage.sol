// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// The storage of the Settlement precompile as a contract declares it: the same slots, so that a test can compare the two
/// word by word. Behind them is what settlement has to know of agents, models and datanets, which the native precompiles
/// keep at other addresses; tests write it there.
abstract contract ReferenceStorage {
    struct Split {
        uint16 data;
        uint16 owner;
        uint16 validators;
        uint16 treasury;
        uint16 insurance;
        uint16 burn;
    }

    struct Channel {
        bytes32 pair;
        uint96 deposit;
        uint96 cumulative;
        uint40 sequence;
        bool isPrivate;
        bytes32 head;
        address sessionKey;
        uint40 expiry;
        uint40 noticeEnd;
        address payer;
        address providerKey;
        bytes32 provider;
        bytes32 model;
    }

    struct Batch {
        bytes32 provider;
        bytes32 model;
        bytes32 updatesRoot;
        bytes32 receiptsRoot;
        bytes32 ledgerRoot;
        bytes32 author;
        uint96 margin;
        uint96 credit;
        uint32 receipts;
        uint32 entries;
        uint96 pool;
        uint40 settledAt;
        uint40 originalDeadline;
        uint40 deadline;
        uint40 finalizedAt;
        uint16 data;
        uint16 owner;
        uint16 validators;
        uint16 treasury;
        uint16 insurance;
        uint16 burn;
        uint16 specificBps;
        uint16 slashFloorBps;
        uint32 windowSec;
        uint16 slashMultiple;
        uint16 updates;
        uint8 status;
        uint8 set;
        uint16 openDemands;
        uint16 answeredDemands;
        uint40 refutedAt;
        uint40 provenUntil;
        uint40 repairUntil;
        uint40 expiresAt;
    }

    struct BasePool {
        uint128 perByte;
        uint128 carry;
        uint96 pool;
    }

    /// Wei by purpose: their sum is the contract's balance.
    struct Buckets {
        uint128 deposits;
        uint128 margins;
        uint128 credits;
        uint128 pools;
        uint128 stakes;
        uint128 bonds;
        uint128 insurance;
        uint128 burns;
    }

    struct Agent {
        address owner;
        uint96 stake;
        address controller;
        uint96 unbonding;
        bytes32 metadataHash;
        uint96 openMargin;
    }

    struct Model {
        address owner;
        uint96 bond;
        bytes32 weightsHash;
        bytes32 metadataHash;
        bytes32 method;
        uint96 priceIn;
        uint96 priceOut;
        uint16 marginBps;
        uint32 minChildShare;
        uint8 kind;
        uint8 class;
        uint32 parentShares;
        uint8 ancestors;
        uint8 corpusSize;
        uint8 providers;
        uint40 registeredAt;
        uint40 retiredAt;
    }

    struct Ancestor {
        bytes32 model;
        uint32 share;
    }

    struct Datanet {
        address curator;
        uint96 bondPerKb;
        bytes32 metadataHash;
        bytes32 licence;
        uint8 consent;
        uint40 consentUntil;
        uint16 curatorBps;
        uint64 versions;
    }

    struct Version {
        bytes32 datanet;
        bytes32 textRoot;
        bytes32 docRoot;
        address publisher;
        uint96 bond;
        uint64 sequence;
        uint64 publishBlock;
        uint40 byteLength;
        uint32 documents;
        uint40 publishedAt;
        bool closed;
        bool refuted;
        uint40 supersededAt;
    }

    struct Contribution {
        bytes32 datanet;
        address owner;
        uint96 bond;
        uint64 order;
        uint40 committedAt;
        uint40 activeFrom;
        uint40 revokedAt;
        uint40 quarantinedAt;
    }

    uint256[2] private reserved0;
    mapping(address account => uint128) internal credits;
    mapping(uint256 param => uint256) internal params;
    Split internal split;
    uint48 internal channelCount;
    mapping(uint48 channel => Channel) internal channels;
    mapping(bytes32 batch => Batch) internal batches;
    mapping(bytes32 pair => uint40) internal lastBatches;
    mapping(bytes32 batch => mapping(uint256 word => uint256)) internal claimed;
    mapping(bytes32 version => BasePool) internal basePools;
    mapping(bytes32 version => mapping(uint256 document => uint128)) internal basePaid;
    mapping(uint256 week => mapping(address owner => uint128)) internal earnings;
    mapping(uint256 week => uint128) internal totalEarnings;
    uint256[2] private reserved14;
    Buckets internal buckets;

    mapping(bytes32 agent => Agent) internal agents;
    mapping(bytes32 model => Model) internal models;
    mapping(bytes32 model => mapping(uint256 index => bytes32)) internal corpora;
    mapping(bytes32 model => mapping(uint256 index => Ancestor)) internal ancestors;
    mapping(bytes32 model => mapping(bytes32 agent => bool)) internal providers;
    mapping(bytes32 datanet => Datanet) internal datanets;
    mapping(bytes32 version => Version) internal versions;
    mapping(bytes32 contribution => Contribution) internal contributions;
}
