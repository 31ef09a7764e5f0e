// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AlreadyClaimed,
    PoolExceeded,
    ReferenceBook,
    TooEarly,
    TooMany,
    UnknownObject,
    WrongStatus
} from "./ReferenceBook.sol";
import {Opening, ReferenceMerkle} from "./ReferenceMerkle.sol";

error InvalidOpening();
error InvalidProof();
error Quarantined(bytes32 contribution);

/// How margins end: the split of a batch that nobody refuted, and what contributors claim of it.
abstract contract ReferenceClaims is ReferenceBook {
    /// A contribution's run of entries in a ledger, with the entries around it; an absent one is index 0, no data, no path.
    struct Claim {
        bytes32 batch;
        Opening previous;
        Opening first;
        Opening last;
        Opening next;
    }

    struct Entry {
        bytes32 contribution;
        uint96 amount;
        uint96 prefix;
    }

    /// What is left of a margin while it is split: part i = floor(margin * W_i / W) - floor(margin * W_{i-1} / W).
    struct Prefix {
        uint256 amount;
        uint256 whole;
        uint256 weight;
        uint256 given;
    }

    struct Finished {
        uint96 specific;
        uint96 base;
        uint96 owner;
        uint96 validators;
        uint96 treasury;
        uint96 insurance;
        uint96 burned;
    }

    event BatchFinalized(bytes32 indexed batch, Finished parts);
    event BaseAdded(bytes32 indexed version, bytes32 indexed batch, uint96 toCurator, uint96 toContributors);
    event SpecificClaimed(bytes32 indexed batch, bytes32 indexed contribution, address indexed owner, uint96 amount);
    event BaseClaimed(bytes32 indexed version, bytes32 indexed contribution, address indexed owner, uint96 amount);
    event BatchExpired(bytes32 indexed batch, uint96 burned);

    uint8 internal constant OPEN = 1;
    uint8 internal constant FINAL = 3;
    uint256 private constant SHARE_UNIT = 1e9;
    uint256 private constant MAX_CLAIMS = 32;
    uint256 private constant ENTRY_BYTES = 62;
    uint256 private constant DOC_BYTES = 45;

    function finalizeBatch(bytes32 id) external payable free {
        Batch storage batch = batches[id];
        if (batch.status == 0) revert UnknownObject(id);
        if (batch.status != OPEN) revert WrongStatus(batch.status);
        if (block.timestamp <= batch.deadline) revert TooEarly(uint256(batch.deadline) + 1);

        uint256 margin = batch.margin;
        Model storage model = models[batch.model];
        Prefix memory prefix = Prefix(margin, UNIT * SHARE_UNIT, 0, 0);
        Finished memory parts;
        uint256 data = next(prefix, batch.data * SHARE_UNIT);
        uint256 promised = margin * batch.data * batch.specificBps / (UNIT * UNIT);
        (uint256 toCurators, uint256 pooled) = addBase(id, batch.model, model.corpusSize, data - promised);
        parts.specific = batch.credit;
        parts.base = uint96(toCurators + pooled);
        parts.owner = uint96(creditOwners(batch.model, model, batch.owner, prefix));
        parts.validators = uint96(next(prefix, batch.validators * SHARE_UNIT));
        parts.treasury = uint96(next(prefix, batch.treasury * SHARE_UNIT));
        parts.insurance = uint96(next(prefix, batch.insurance * SHARE_UNIT));
        // The burned share, what no tile earned, what no version could take.
        parts.burned = uint96(margin - prefix.given + data - parts.specific - parts.base);

        credit(VALIDATOR_VAULT, parts.validators);
        credit(TIMELOCK, parts.treasury);
        buckets.margins -= uint128(margin);
        buckets.pools += uint128(parts.specific + pooled);
        buckets.insurance += parts.insurance;
        buckets.burns += parts.burned;
        agents[batch.author].openMargin -= uint96(margin);
        batch.status = FINAL;
        batch.pool = parts.specific;
        batch.finalizedAt = uint40(block.timestamp);
        batch.expiresAt = uint40(block.timestamp + param(CLAIM_EXPIRY, CLAIM_EXPIRY_0));
        emit BatchFinalized(id, parts);
    }

    /// Ancestors by id, then the owner with what they leave.
    function creditOwners(bytes32 id, Model storage model, uint256 share, Prefix memory prefix)
        private
        returns (uint256 sum)
    {
        uint256 left = SHARE_UNIT;
        uint256 count = model.ancestors;
        for (uint256 i = 0; i < count; i++) {
            Ancestor memory ancestor = ancestors[id][i];
            uint256 part = next(prefix, share * ancestor.share);
            left -= ancestor.share;
            sum += part;
            credit(models[ancestor.model].owner, part);
        }
        uint256 rest = next(prefix, share * left);
        credit(model.owner, rest);
        sum += rest;
    }

    /// Shares the base part among the versions of a corpus by their bytes, curators' cuts first.
    function addBase(bytes32 batch, bytes32 model, uint256 count, uint256 amount)
        private
        returns (uint256 toCurators, uint256 pooled)
    {
        uint256 total = 0;
        for (uint256 i = 0; i < count; i++) {
            total += versions[corpora[model][i]].byteLength;
        }
        Prefix memory prefix = Prefix(amount, total, 0, 0);
        for (uint256 i = 0; i < count; i++) {
            (uint256 cut, uint256 rest) = addShare(batch, corpora[model][i], prefix);
            toCurators += cut;
            pooled += rest;
        }
    }

    function addShare(bytes32 batch, bytes32 id, Prefix memory prefix) private returns (uint256 cut, uint256 rest) {
        Version storage version = versions[id];
        uint256 share = next(prefix, version.byteLength);
        if (version.refuted || share == 0) return (0, 0);
        Datanet storage datanet = datanets[version.datanet];
        cut = share * datanet.curatorBps / UNIT;
        rest = share - cut;
        credit(datanet.curator, cut);
        accrue(id, version.byteLength, rest);
        emit BaseAdded(id, batch, uint96(cut), uint96(rest));
    }

    /// x + carry = dq * byteLength + next carry.
    function accrue(bytes32 version, uint256 byteLength, uint256 amount) private {
        BasePool storage pool = basePools[version];
        uint256 sum = amount + pool.carry;
        pool.perByte += uint128(sum / byteLength);
        pool.carry = uint128(sum % byteLength);
        pool.pool += uint96(amount);
    }

    function claim(Claim[] calldata claims) external payable free returns (uint256 amount) {
        if (claims.length > MAX_CLAIMS) revert TooMany(MAX_CLAIMS);
        for (uint256 i = 0; i < claims.length; i++) {
            amount += claimRun(claims[i]);
        }
    }

    function claimRun(Claim calldata run) private returns (uint256 amount) {
        Batch storage batch = batches[run.batch];
        if (batch.status == 0) revert UnknownObject(run.batch);
        if (batch.status != FINAL) revert WrongStatus(batch.status);
        bytes32 contribution;
        (contribution, amount) = checkClaim(batch.ledgerRoot, batch.entries, run);
        markClaimed(run.batch, run.first.index);
        if (amount > batch.pool) revert PoolExceeded();
        address owner = payeeOf(contribution);
        if (amount > 0) {
            batch.pool -= uint96(amount);
            buckets.pools -= uint128(amount);
            credit(owner, amount);
            uint256 week = block.timestamp / WEEK;
            earnings[week][owner] += uint128(amount);
            totalEarnings[week] += uint128(amount);
        }
        emit SpecificClaimed(run.batch, contribution, owner, uint96(amount));
    }

    /// What the openings prove: all entries of one contribution, and the wei that they earn it.
    function checkClaim(bytes32 root, uint256 count, Claim calldata run)
        private
        pure
        returns (bytes32 contribution, uint256 amount)
    {
        uint64 a = run.first.index;
        uint64 b = run.last.index;
        bool starts = isAbsent(run.previous);
        bool ends = isAbsent(run.next);
        bool adjacent = b >= a && starts == (a == 0) && ends == (uint256(b) + 1 == count)
            && (starts || run.previous.index == a - 1) && (ends || run.next.index == uint256(b) + 1);
        if (!adjacent) revert InvalidProof();
        Entry memory first = openEntry(root, count, run.first);
        Entry memory last = openEntry(root, count, run.last);
        contribution = first.contribution;
        bool alone = last.contribution == contribution;
        if (!starts) alone = openEntry(root, count, run.previous).contribution != contribution && alone;
        if (!ends) alone = openEntry(root, count, run.next).contribution != contribution && alone;
        uint256 sum = uint256(last.prefix) + last.amount;
        if (!alone || sum < first.prefix) revert InvalidProof();
        amount = sum - first.prefix;
    }

    function openEntry(bytes32 root, uint256 count, Opening calldata opening) private pure returns (Entry memory entry) {
        if (!ReferenceMerkle.verify(root, count, 0, opening)) revert InvalidOpening();
        bytes calldata data = opening.data;
        if (data.length != ENTRY_BYTES) revert InvalidOpening();
        return Entry(bytes32(data[:32]), uint96(bytes12(data[38:50])), uint96(bytes12(data[50:62])));
    }

    function markClaimed(bytes32 batch, uint256 index) private {
        uint256 bit = 1 << (index % 256);
        uint256 bits = claimed[batch][index / 256];
        if (bits & bit != 0) revert AlreadyClaimed();
        claimed[batch][index / 256] = bits | bit;
    }

    function claimBase(bytes32 id, Opening calldata document, Opening calldata following)
        external
        payable
        free
        returns (uint256 amount)
    {
        Version storage version = versions[id];
        if (version.publisher == address(0)) revert UnknownObject(id);
        (bytes32 contribution, uint256 length) = openDocument(version, document, following);
        BasePool storage pool = basePools[id];
        uint128 perByte = pool.perByte;
        amount = (perByte - basePaid[id][document.index]) * length;
        if (amount == 0) revert AlreadyClaimed();
        if (amount > pool.pool) revert PoolExceeded();
        address owner = payeeOf(contribution);
        basePaid[id][document.index] = perByte;
        pool.pool -= uint96(amount);
        buckets.pools -= uint128(amount);
        credit(owner, amount);
        emit BaseClaimed(id, contribution, owner, uint96(amount));
    }

    /// A document's contribution, and the bytes that it is paid for: to where the next one starts, or the text ends.
    function openDocument(Version storage version, Opening calldata document, Opening calldata following)
        private
        view
        returns (bytes32 contribution, uint256 length)
    {
        (bytes32 root, uint256 count, uint256 byteLength) = (version.docRoot, version.documents, version.byteLength);
        uint256 end = byteLength;
        uint256 start;
        (start, contribution) = openDoc(root, count, document);
        bool ends = uint256(document.index) + 1 == count;
        if (ends != isAbsent(following) || (!ends && following.index != uint256(document.index) + 1)) revert InvalidOpening();
        if (!ends) (end,) = openDoc(root, count, following);
        if (end > byteLength) end = byteLength;
        length = end > start ? end - start : 0;
    }

    function openDoc(bytes32 root, uint256 count, Opening calldata opening) private pure returns (uint256, bytes32) {
        if (!ReferenceMerkle.verify(root, count, 0, opening)) revert InvalidOpening();
        if (opening.data.length != DOC_BYTES) revert InvalidOpening();
        return (uint40(bytes5(opening.data[:5])), bytes32(opening.data[5:37]));
    }

    function expireBatch(bytes32 id) external payable free returns (uint256 burned) {
        Batch storage batch = batches[id];
        if (batch.status == 0) revert UnknownObject(id);
        if (batch.status != FINAL) revert WrongStatus(batch.status);
        if (block.timestamp <= batch.expiresAt) revert TooEarly(uint256(batch.expiresAt) + 1);
        burned = batch.pool;
        if (burned == 0) revert AlreadyClaimed();
        batch.pool = 0;
        buckets.pools -= uint128(burned);
        buckets.burns += uint128(burned);
        emit BatchExpired(id, uint96(burned));
    }

    function loadModel(bytes32 id) internal view returns (Model storage model) {
        model = models[id];
        if (model.owner == address(0)) revert UnknownObject(id);
    }

    /// The next part of an amount that is split by prefix sums.
    function next(Prefix memory prefix, uint256 weight) private pure returns (uint256 part) {
        if (prefix.whole == 0) return 0;
        prefix.weight += weight;
        uint256 given = prefix.amount * prefix.weight / prefix.whole;
        part = given - prefix.given;
        prefix.given = given;
    }

    /// The owner of a contribution that may be paid.
    function payeeOf(bytes32 contribution) private view returns (address owner) {
        Contribution storage value = contributions[contribution];
        owner = value.owner;
        if (owner == address(0)) revert UnknownObject(contribution);
        if (value.quarantinedAt != 0) revert Quarantined(contribution);
    }

    function isAbsent(Opening calldata opening) private pure returns (bool) {
        return opening.index == 0 && opening.data.length == 0 && opening.path.length == 0;
    }
}
