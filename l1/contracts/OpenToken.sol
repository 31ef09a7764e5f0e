// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// OPEN on a development L1: all of its supply is made at once and never grows.
contract OpenToken is ERC20 {
    uint256 public constant CAP = 1_000_000_000 ether;

    constructor(address holder, uint256 supply) ERC20("OpenLedger", "OPEN") {
        require(supply <= CAP, "OpenToken: more than the cap");
        _mint(holder, supply);
    }
}
