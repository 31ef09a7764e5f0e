// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";

/// Parameters of the chain that its owner may change. The chain reads them from ConfigUpdate logs, whose first come
/// from the constructor; the getters give the same values. Refuses what the chain would skip.
contract SystemConfig is Ownable2Step {
    /// `updateType` and `data` are those of the OP Stack, version 0.
    event ConfigUpdate(uint256 indexed version, uint8 indexed updateType, bytes data);

    struct Params {
        bytes32 batcherHash;
        uint64 gasLimit;
        uint32 daFeeScalar;
        uint32 eip1559Denominator;
        uint32 eip1559Elasticity;
        address unsafeBlockSigner;
        address batchInbox;
        uint256 startBlock;
    }

    uint8 internal constant BATCHER = 0;
    uint8 internal constant FEE_SCALARS = 1;
    uint8 internal constant GAS_LIMIT = 2;
    uint8 internal constant UNSAFE_BLOCK_SIGNER = 3;
    uint8 internal constant EIP_1559_PARAMS = 4;

    /// The deposits of one L1 block, 4,000,000, and the first transaction of an L2 block, 1,000,000, must fit.
    uint64 public constant minimumGasLimit = 5_000_000;
    /// Deposits buy 40 gas for a byte, in any number of L1 blocks: with users' transactions they fit into an L2 block.
    uint64 public constant maximumGasLimit = 50_000_000;

    string public constant version = "1.0.0";

    /// Where batches go.
    address public immutable batchInbox;
    /// The L1 block of genesis: the contracts' logs come after it.
    uint256 public immutable startBlock;

    /// The batcher's address, left-padded.
    bytes32 public batcherHash;
    uint64 public gasLimit;
    /// OPEN per ETH * compression * margin * 1,000.
    uint32 public daFeeScalar;
    uint32 public eip1559Denominator;
    uint32 public eip1559Elasticity;
    address public unsafeBlockSigner;

    constructor(address owner_, Params memory params) Ownable(owner_) {
        require(params.batchInbox != address(0), "SystemConfig: no inbox");
        batchInbox = params.batchInbox;
        startBlock = params.startBlock;
        writeBatcherHash(params.batcherHash);
        writeDaFeeScalar(params.daFeeScalar);
        writeGasLimit(params.gasLimit);
        writeUnsafeBlockSigner(params.unsafeBlockSigner);
        writeEIP1559Params(params.eip1559Denominator, params.eip1559Elasticity);
    }

    function setBatcherHash(bytes32 batcherHash_) external onlyOwner {
        writeBatcherHash(batcherHash_);
    }

    function setDaFeeScalar(uint32 daFeeScalar_) external onlyOwner {
        writeDaFeeScalar(daFeeScalar_);
    }

    function setGasLimit(uint64 gasLimit_) external onlyOwner {
        writeGasLimit(gasLimit_);
    }

    function setUnsafeBlockSigner(address signer) external onlyOwner {
        writeUnsafeBlockSigner(signer);
    }

    function setEIP1559Params(uint32 denominator, uint32 elasticity) external onlyOwner {
        writeEIP1559Params(denominator, elasticity);
    }

    function renounceOwnership() public pure override {
        revert("SystemConfig: the chain needs an owner");
    }

    function writeBatcherHash(bytes32 batcherHash_) private {
        uint256 batcher = uint256(batcherHash_);
        require(batcher != 0 && batcher <= type(uint160).max, "SystemConfig: the batcher is no address");
        batcherHash = batcherHash_;
        emit ConfigUpdate(0, BATCHER, abi.encode(batcherHash_));
    }

    function writeDaFeeScalar(uint32 daFeeScalar_) private {
        daFeeScalar = daFeeScalar_;
        // Ecotone's form: version 1 in the first byte, the scalar of blob fees in bytes 24 to 27.
        uint256 scalars = (uint256(1) << 248) | (uint256(daFeeScalar_) << 32);
        emit ConfigUpdate(0, FEE_SCALARS, abi.encode(uint256(0), scalars));
    }

    function writeGasLimit(uint64 gasLimit_) private {
        require(gasLimit_ >= minimumGasLimit, "SystemConfig: gas limit too low");
        require(gasLimit_ <= maximumGasLimit, "SystemConfig: gas limit too high");
        gasLimit = gasLimit_;
        emit ConfigUpdate(0, GAS_LIMIT, abi.encode(gasLimit_));
    }

    function writeUnsafeBlockSigner(address signer) private {
        require(signer != address(0), "SystemConfig: no signer of unsafe blocks");
        unsafeBlockSigner = signer;
        emit ConfigUpdate(0, UNSAFE_BLOCK_SIGNER, abi.encode(signer));
    }

    /// The gas target, limit / elasticity, is at least 1.
    function writeEIP1559Params(uint32 denominator, uint32 elasticity) private {
        require(denominator >= 1, "SystemConfig: EIP-1559 denominator must be at least 1");
        require(elasticity >= 1, "SystemConfig: EIP-1559 elasticity must be at least 1");
        require(elasticity <= minimumGasLimit, "SystemConfig: EIP-1559 elasticity too high");
        eip1559Denominator = denominator;
        eip1559Elasticity = elasticity;
        emit ConfigUpdate(0, EIP_1559_PARAMS, abi.encode((uint256(denominator) << 32) | elasticity));
    }
}
