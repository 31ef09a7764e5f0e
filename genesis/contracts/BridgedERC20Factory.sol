// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {STANDARD_BRIDGE} from "./Addresses.sol";
import {BridgedERC20} from "./BridgedERC20.sol";

/// Makes the tokens that stand for those of L1, with the interface of OP's OptimismMintableERC20Factory. The address
/// follows from what is given; nobody vouches that a name or symbol is the one on L1.
contract BridgedERC20Factory {
    event StandardL2TokenCreated(address indexed remoteToken, address indexed localToken);
    event OptimismMintableERC20Created(address indexed localToken, address indexed remoteToken, address deployer);

    /// Zero is no token of L1.
    error NoRemoteToken();

    /// The L1 token of each token made here; zero for every other address.
    mapping(address localToken => address remoteToken) public deployments;

    function createOptimismMintableERC20(address remoteToken, string memory name, string memory symbol)
        external
        returns (address)
    {
        return createOptimismMintableERC20WithDecimals(remoteToken, name, symbol, 18);
    }

    /// Reverts if the same token exists already.
    function createOptimismMintableERC20WithDecimals(
        address remoteToken,
        string memory name,
        string memory symbol,
        uint8 decimals
    ) public returns (address token) {
        if (remoteToken == address(0)) revert NoRemoteToken();
        bytes32 salt = keccak256(abi.encode(remoteToken, name, symbol, decimals));
        token = address(new BridgedERC20{salt: salt}(remoteToken, name, symbol, decimals));
        deployments[token] = remoteToken;
        emit StandardL2TokenCreated(remoteToken, token);
        emit OptimismMintableERC20Created(token, remoteToken, msg.sender);
    }

    function bridge() external pure returns (address) {
        return STANDARD_BRIDGE;
    }

    function BRIDGE() external pure returns (address) {
        return STANDARD_BRIDGE;
    }
}
