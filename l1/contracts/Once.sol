// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// A contract that its deployer initialises, once. Contracts that name each other get their addresses this way.
abstract contract Once {
    event Initialized(uint8 version);

    address public immutable DEPLOYER;
    bool internal initialized;

    constructor() {
        DEPLOYER = msg.sender;
    }

    modifier once() {
        require(msg.sender == DEPLOYER, "Once: only the deployer can initialize");
        require(!initialized, "Once: already initialized");
        initialized = true;
        _;
        emit Initialized(1);
    }
}
