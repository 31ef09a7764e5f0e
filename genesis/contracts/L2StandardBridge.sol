// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BRIDGED_ETHER, MESSAGE_PASSER} from "./Addresses.sol";
import {IBridgedERC20} from "./BridgedERC20.sol";

interface IMessagePasser {
    function initiateWithdrawal(address target, uint256 gasLimit, bytes memory data) external payable;
}

/// What this bridge calls on L1.
interface IL1Bridge {
    function finalizeBridgeETH(address from, address to, uint256 amount, bytes calldata extraData) external;
    function finalizeBridgeERC20(
        address localToken,
        address remoteToken,
        address from,
        address to,
        uint256 amount,
        bytes calldata extraData
    ) external;
}

/// Tokens of L1 on this chain: minted for what the bridge on L1 took, burned for what it is to give. ETH is one of
/// them. The names are those of the OP Stack's bridge, but the two bridges talk through the portal and the message
/// passer, without a messenger between them: a deposit that cannot be minted waits here instead of being lost.
contract L2StandardBridge {
    event ERC20BridgeInitiated(
        address indexed localToken,
        address indexed remoteToken,
        address indexed from,
        address to,
        uint256 amount,
        bytes extraData
    );
    event ERC20BridgeFinalized(
        address indexed localToken,
        address indexed remoteToken,
        address indexed from,
        address to,
        uint256 amount,
        bytes extraData
    );
    /// A deposit could not be minted: it waits for `claim` or `giveBack`.
    event DepositWaits(
        address indexed localToken, address indexed remoteToken, address indexed from, address to, uint256 amount
    );

    /// This chain has no bridge on L1.
    error NoOtherBridge();
    /// Only a deposit of the bridge on L1 may do this.
    error OnlyOtherBridge();
    error OnlySelf();
    /// The token does not stand for this token of L1.
    error WrongToken(address localToken, address remoteToken);
    error NoRecipient();
    /// No transaction on L1 has so much gas: what is withdrawn could never be paid out.
    error TooMuchGas();
    /// Nothing waits for these.
    error NothingWaits();
    /// Only who sent or who was to receive may give a deposit back.
    error NotYours();

    /// What the bridge on L1 needs to pay out or to note what it could not pay, beside what the caller asks for.
    uint256 public constant L1_GAS = 200_000;
    /// Most gas of a withdrawal: EIP-7825 allows 16,777,216 for a transaction, and its calldata comes first.
    uint256 public constant MAX_L1_GAS = 10_000_000;
    /// Kept for noting a deposit that could not be minted.
    uint256 public constant RESERVED_GAS = 50_000;
    /// What the portal adds to the address of a contract that deposits.
    uint160 private constant ALIAS = uint160(0x1111000000000000000000000000000000001111);

    /// The bridge on L1, from genesis.
    address public otherBridge;
    /// Deposits that could not be minted, by local token, remote token, sender and recipient.
    mapping(
        address localToken => mapping(address remoteToken => mapping(address from => mapping(address to => uint256)))
    ) public waiting;

    /// Burns the caller's tokens and gives them to the caller on L1.
    function withdraw(address localToken, uint256 amount, uint32 minGasLimit, bytes calldata extraData) external {
        start(localToken, remoteOf(localToken), msg.sender, amount, minGasLimit, extraData);
    }

    /// Burns the caller's tokens and gives them to `to` on L1, who is paid with at least `minGasLimit` gas.
    function withdrawTo(address localToken, address to, uint256 amount, uint32 minGasLimit, bytes calldata extraData)
        external
    {
        start(localToken, remoteOf(localToken), to, amount, minGasLimit, extraData);
    }

    function bridgeERC20(
        address localToken,
        address remoteToken,
        uint256 amount,
        uint32 minGasLimit,
        bytes calldata extraData
    ) external {
        start(localToken, remoteToken, msg.sender, amount, minGasLimit, extraData);
    }

    function bridgeERC20To(
        address localToken,
        address remoteToken,
        address to,
        uint256 amount,
        uint32 minGasLimit,
        bytes calldata extraData
    ) external {
        start(localToken, remoteToken, to, amount, minGasLimit, extraData);
    }

    /// A deposit of the bridge on L1, with its tokens by their names here. Never reverts for what the token does.
    function finalizeBridgeERC20(
        address localToken,
        address remoteToken,
        address from,
        address to,
        uint256 amount,
        bytes calldata extraData
    ) external {
        if (otherBridge == address(0)) revert NoOtherBridge();
        if (msg.sender != aliasOf(otherBridge)) revert OnlyOtherBridge();
        try this.mint{gas: gasleft() - RESERVED_GAS}(localToken, remoteToken, to, amount) {
            emit ERC20BridgeFinalized(localToken, remoteToken, from, to, amount, extraData);
        } catch {
            waiting[localToken][remoteToken][from][to] += amount;
            emit DepositWaits(localToken, remoteToken, from, to, amount);
        }
    }

    /// Mints a deposit that waits, to whom it was for. Anyone may ask; reverts with the token's reason.
    function claim(address localToken, address remoteToken, address from, address to) external {
        uint256 amount = take(localToken, remoteToken, from, to);
        this.mint(localToken, remoteToken, to, amount);
        emit ERC20BridgeFinalized(localToken, remoteToken, from, to, amount, "");
    }

    /// Gives a deposit that waits back to who sent it on L1.
    function giveBack(address localToken, address remoteToken, address from, address to, uint32 minGasLimit) external {
        if (msg.sender != to && msg.sender != from && msg.sender != aliasOf(from)) revert NotYours();
        uint256 amount = take(localToken, remoteToken, from, to);
        tell(localToken, remoteToken, from, from, amount, minGasLimit, "");
    }

    /// The bridge's own step: its failure undoes whatever the token did.
    function mint(address localToken, address remoteToken, address to, uint256 amount) external {
        if (msg.sender != address(this)) revert OnlySelf();
        if (remoteOf(localToken) != remoteToken) revert WrongToken(localToken, remoteToken);
        IBridgedERC20(localToken).mint(to, amount);
    }

    function l1TokenBridge() external view returns (address) {
        return otherBridge;
    }

    function OTHER_BRIDGE() external view returns (address) {
        return otherBridge;
    }

    function start(
        address localToken,
        address remoteToken,
        address to,
        uint256 amount,
        uint32 minGasLimit,
        bytes memory extraData
    ) private {
        if (otherBridge == address(0)) revert NoOtherBridge();
        if (to == address(0)) revert NoRecipient();
        if (remoteOf(localToken) != remoteToken) revert WrongToken(localToken, remoteToken);
        IBridgedERC20(localToken).burn(msg.sender, amount);
        tell(localToken, remoteToken, msg.sender, to, amount, minGasLimit, extraData);
    }

    function tell(
        address localToken,
        address remoteToken,
        address from,
        address to,
        uint256 amount,
        uint32 minGasLimit,
        bytes memory extraData
    ) private {
        emit ERC20BridgeInitiated(localToken, remoteToken, from, to, amount, extraData);
        // ETH only if both say so: else a deposit of any token for BRIDGED_ETHER would come back as ETH. On L1 its own
        // token comes first.
        bytes memory message = localToken == BRIDGED_ETHER && remoteToken == address(0)
            ? abi.encodeCall(IL1Bridge.finalizeBridgeETH, (from, to, amount, extraData))
            : abi.encodeCall(IL1Bridge.finalizeBridgeERC20, (remoteToken, localToken, from, to, amount, extraData));
        // Copying and logging a byte costs L1 less than it pays for it as calldata.
        uint256 gasLimit = L1_GAS + minGasLimit + 40 * extraData.length;
        if (gasLimit > MAX_L1_GAS) revert TooMuchGas();
        IMessagePasser(MESSAGE_PASSER).initiateWithdrawal(otherBridge, gasLimit, message);
    }

    function take(address localToken, address remoteToken, address from, address to) private returns (uint256 amount) {
        amount = waiting[localToken][remoteToken][from][to];
        if (amount == 0) revert NothingWaits();
        delete waiting[localToken][remoteToken][from][to];
    }

    function remoteOf(address localToken) private view returns (address) {
        return IBridgedERC20(localToken).remoteToken();
    }

    function aliasOf(address contractOnL1) private pure returns (address) {
        unchecked {
            return address(uint160(contractOnL1) + ALIAS);
        }
    }
}
