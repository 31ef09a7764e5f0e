// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {STANDARD_BRIDGE} from "./Addresses.sol";

/// What the standard bridge asks of a token; the interface of OP's OptimismMintableERC20.
interface IBridgedERC20 {
    /// The token on L1 that this one stands for; zero for ETH.
    function remoteToken() external view returns (address);
    function bridge() external view returns (address);
    function mint(address to, uint256 amount) external;
    function burn(address from, uint256 amount) external;
}

/// A token of L1 on this chain. Each unit is backed by one that the bridge on L1 holds; only the bridge mints and burns.
contract BridgedERC20 is ERC20Permit, IBridgedERC20, IERC165 {
    /// Only the standard bridge may call this.
    error OnlyBridge();

    address public immutable remoteToken;
    uint8 private immutable unitDecimals;

    constructor(address remote, string memory name, string memory symbol, uint8 tokenDecimals)
        ERC20(name, symbol)
        ERC20Permit(name)
    {
        remoteToken = remote;
        unitDecimals = tokenDecimals;
    }

    modifier onlyBridge() {
        if (msg.sender != STANDARD_BRIDGE) revert OnlyBridge();
        _;
    }

    function mint(address to, uint256 amount) external onlyBridge {
        _mint(to, amount);
    }

    /// No allowance: the bridge burns only what its caller owns.
    function burn(address from, uint256 amount) external onlyBridge {
        _burn(from, amount);
    }

    function bridge() external pure returns (address) {
        return STANDARD_BRIDGE;
    }

    function decimals() public view override returns (uint8) {
        return unitDecimals;
    }

    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == type(IERC165).interfaceId || id == type(IBridgedERC20).interfaceId;
    }

    // Names that the OP Stack's tools use.

    function l1Token() external view returns (address) {
        return remoteToken;
    }

    function l2Bridge() external pure returns (address) {
        return STANDARD_BRIDGE;
    }
}

/// The ETH of L1 on this chain, whose own money is OPEN.
contract BridgedEther is BridgedERC20 {
    constructor() BridgedERC20(address(0), "Ether", "ETH", 18) {}
}
