// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {OutputOracle} from "./OutputOracle.sol";
import {SystemConfig} from "./SystemConfig.sol";

/// Verifies challenged outputs: `threshold` of SystemConfig's signers have derived the chain and sign that the output
/// is right. A right output stays right, so a signature may be used again for the same output at the same index.
contract SignerVerifier is EIP712 {
    string public constant version = "1.0.0";

    bytes32 internal constant UPHOLD_TYPEHASH = keccak256(
        "Uphold(address oracle,uint256 outputIndex,bytes32 outputRoot,uint256 l2BlockNumber,bytes32 l1BlockHash,uint256 l1BlockNumber)"
    );

    OutputOracle public immutable oracle;
    SystemConfig public immutable systemConfig;

    constructor(OutputOracle oracle_, SystemConfig systemConfig_) EIP712("OpenLedger SignerVerifier", "1") {
        oracle = oracle_;
        systemConfig = systemConfig_;
    }

    /// Ends the challenge of an output in the output's favour. Anyone may bring the signatures, ascending by signer.
    function uphold(uint256 index, bytes[] calldata signatures) external {
        require(signatures.length >= systemConfig.threshold(), "SignerVerifier: too few signatures");
        bytes32 hash = upholdHash(index);
        address last = address(0);
        for (uint256 i = 0; i < signatures.length; ++i) {
            (address signer, ECDSA.RecoverError problem,) = ECDSA.tryRecover(hash, signatures[i]);
            require(problem == ECDSA.RecoverError.NoError, "SignerVerifier: invalid signature");
            require(signer > last, "SignerVerifier: signers must ascend");
            require(systemConfig.isSigner(signer), "SignerVerifier: not a signer");
            last = signer;
        }
        oracle.uphold(index);
    }

    /// What signers sign to uphold the output that is at this index now.
    function upholdHash(uint256 index) public view returns (bytes32) {
        OutputOracle.OutputProposal memory output = oracle.getL2Output(index);
        (uint256 l1BlockNumber, bytes32 l1BlockHash) = oracle.outputL1Block(index);
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    UPHOLD_TYPEHASH,
                    address(oracle),
                    index,
                    output.outputRoot,
                    uint256(output.l2BlockNumber),
                    l1BlockHash,
                    l1BlockNumber
                )
            )
        );
    }
}
