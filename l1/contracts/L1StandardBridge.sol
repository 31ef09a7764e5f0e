// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// What this bridge asks of the portal.
interface IBridgePortal {
    function depositTransaction(address to, uint256 value, uint64 gasLimit, bool isCreation, bytes calldata data)
        external
        payable;
    function l2Sender() external view returns (address);
    function open() external view returns (address);
}

/// What this bridge calls on L2.
interface IL2Bridge {
    function finalizeBridgeERC20(
        address localToken,
        address remoteToken,
        address from,
        address to,
        uint256 amount,
        bytes calldata extraData
    ) external;
}

/// ETH and tokens of this chain on L2: held here while they are there. The names are those of the OP Stack's bridge,
/// but the two bridges talk through the portal and the message passer, without a messenger between them. What cannot be
/// paid out waits here to be claimed. OPEN goes through the portal, not through here.
contract L1StandardBridge is ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    event ETHBridgeInitiated(address indexed from, address indexed to, uint256 amount, bytes extraData);
    event ETHBridgeFinalized(address indexed from, address indexed to, uint256 amount, bytes extraData);
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
    /// A withdrawal could not be paid: it waits to be claimed. The zero token is ETH.
    event WithdrawalWaits(address indexed token, address indexed account, uint256 amount);
    event Claimed(address indexed token, address indexed account, address to, uint256 amount);

    /// Only a withdrawal of the bridge on L2 may do this.
    error OnlyOtherBridge();
    error OnlySelf();
    /// Contracts name a recipient: their address on L2 is nobody's, or somebody else's.
    error ContractNeedsRecipient();
    error NoRecipient();
    error NothingSent();
    /// OPEN is deposited through the portal.
    error OpenGoesThroughPortal();
    /// ETH is bridged as ETH.
    error EtherIsNoToken();
    /// More is withdrawn than was bridged for this pair of tokens.
    error NotBridged(address localToken, address remoteToken);
    error NothingToClaim();

    /// What the bridge on L2 needs to mint or to note what it could not mint, beside what the caller asks for.
    uint64 public constant L2_GAS = 200_000;
    /// Kept for noting a withdrawal that could not be paid.
    uint256 public constant RESERVED_GAS = 50_000;
    /// The ETH of this chain on L2.
    address public constant BRIDGED_ETHER = 0x4200000000000000000000000000000000000a08;

    IBridgePortal public immutable portal;
    /// The bridge on L2.
    address public immutable otherBridge;
    /// Held for each pair of tokens, the zero address and BRIDGED_ETHER for ETH. What waits to be claimed is no part.
    mapping(address localToken => mapping(address remoteToken => uint256)) public deposits;
    /// Withdrawals that could not be paid; the zero token is ETH.
    mapping(address token => mapping(address account => uint256)) public claimable;

    constructor(address _portal, address _otherBridge) {
        portal = IBridgePortal(_portal);
        otherBridge = _otherBridge;
    }

    /// A plain transfer bridges to the sender's own address.
    receive() external payable nonReentrant {
        startEther(ownAddress(), 0, "");
    }

    /// The sent ETH for the caller's own address on L2, as the token BRIDGED_ETHER.
    function bridgeETH(uint32 minGasLimit, bytes calldata extraData) external payable nonReentrant {
        startEther(ownAddress(), minGasLimit, extraData);
    }

    function bridgeETHTo(address to, uint32 minGasLimit, bytes calldata extraData) external payable nonReentrant {
        startEther(to, minGasLimit, extraData);
    }

    /// The caller's tokens for the caller's own address on L2, as `remoteToken`. Takes from the caller's allowance.
    function bridgeERC20(
        address localToken,
        address remoteToken,
        uint256 amount,
        uint32 minGasLimit,
        bytes calldata extraData
    ) external nonReentrant {
        startToken(localToken, remoteToken, ownAddress(), amount, minGasLimit, extraData);
    }

    /// What arrives here is what counts: tokens may keep a part for themselves.
    function bridgeERC20To(
        address localToken,
        address remoteToken,
        address to,
        uint256 amount,
        uint32 minGasLimit,
        bytes calldata extraData
    ) external nonReentrant {
        startToken(localToken, remoteToken, to, amount, minGasLimit, extraData);
    }

    /// A withdrawal of ETH from L2. What the recipient refuses waits to be claimed.
    function finalizeBridgeETH(address from, address to, uint256 amount, bytes calldata extraData)
        external
        nonReentrant
    {
        if (release(address(0), BRIDGED_ETHER, to, amount)) emit ETHBridgeFinalized(from, to, amount, extraData);
    }

    /// A withdrawal of tokens from L2, by their names here. What the token refuses to pay waits to be claimed.
    function finalizeBridgeERC20(
        address localToken,
        address remoteToken,
        address from,
        address to,
        uint256 amount,
        bytes calldata extraData
    ) external nonReentrant {
        if (release(localToken, remoteToken, to, amount)) {
            emit ERC20BridgeFinalized(localToken, remoteToken, from, to, amount, extraData);
        }
    }

    /// Pays `account` what waits for it; anyone may ask. Reverts with the reason if it still cannot be paid.
    function claim(address token, address account) external nonReentrant {
        payClaim(token, account, account);
    }

    /// Pays what waits for the caller to another address.
    function claimTo(address token, address to) external nonReentrant {
        if (to == address(0)) revert NoRecipient();
        payClaim(token, msg.sender, to);
    }

    /// The bridge's own step: its failure undoes whatever the token or the recipient did.
    function pay(address token, address to, uint256 amount) external {
        if (msg.sender != address(this)) revert OnlySelf();
        if (token == address(0)) Address.sendValue(payable(to), amount);
        else IERC20(token).safeTransfer(to, amount);
    }

    function l2TokenBridge() external view returns (address) {
        return otherBridge;
    }

    function OTHER_BRIDGE() external view returns (address) {
        return otherBridge;
    }

    function startEther(address to, uint32 minGasLimit, bytes memory extraData) private {
        emit ETHBridgeInitiated(msg.sender, to, msg.value, extraData);
        tell(address(0), BRIDGED_ETHER, to, msg.value, minGasLimit, extraData);
    }

    function startToken(
        address localToken,
        address remoteToken,
        address to,
        uint256 amount,
        uint32 minGasLimit,
        bytes memory extraData
    ) private {
        if (localToken == portal.open()) revert OpenGoesThroughPortal();
        if (localToken == address(0) || remoteToken == BRIDGED_ETHER) revert EtherIsNoToken();
        uint256 before = IERC20(localToken).balanceOf(address(this));
        IERC20(localToken).safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = IERC20(localToken).balanceOf(address(this)) - before;
        emit ERC20BridgeInitiated(localToken, remoteToken, msg.sender, to, received, extraData);
        tell(localToken, remoteToken, to, received, minGasLimit, extraData);
    }

    function tell(
        address localToken,
        address remoteToken,
        address to,
        uint256 amount,
        uint32 minGasLimit,
        bytes memory extraData
    ) private {
        if (to == address(0)) revert NoRecipient();
        if (amount == 0) revert NothingSent();
        deposits[localToken][remoteToken] += amount;
        // On L2 its own token comes first.
        bytes memory message = abi.encodeCall(
            IL2Bridge.finalizeBridgeERC20, (remoteToken, localToken, msg.sender, to, amount, extraData)
        );
        // A byte of the message costs 40 at the most; to copy and log it costs less than that comes to.
        uint64 gasLimit = L2_GAS + minGasLimit + 40 * uint64(message.length);
        portal.depositTransaction(otherBridge, 0, gasLimit, false, message);
    }

    /// Whether `to` has been paid; otherwise it may claim.
    function release(address localToken, address remoteToken, address to, uint256 amount) private returns (bool) {
        if (msg.sender != address(portal) || portal.l2Sender() != otherBridge) revert OnlyOtherBridge();
        uint256 held = deposits[localToken][remoteToken];
        if (held < amount) revert NotBridged(localToken, remoteToken);
        deposits[localToken][remoteToken] = held - amount;
        try this.pay{gas: gasleft() - RESERVED_GAS}(localToken, to, amount) {
            return true;
        } catch {
            claimable[localToken][to] += amount;
            emit WithdrawalWaits(localToken, to, amount);
            return false;
        }
    }

    function payClaim(address token, address account, address to) private {
        uint256 amount = claimable[token][account];
        if (amount == 0) revert NothingToClaim();
        delete claimable[token][account];
        this.pay(token, to, amount);
        emit Claimed(token, account, to, amount);
    }

    function ownAddress() private view returns (address) {
        if (msg.sender != tx.origin) revert ContractNeedsRecipient();
        return msg.sender;
    }
}
