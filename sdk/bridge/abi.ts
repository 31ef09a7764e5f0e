import { parseAbi } from 'viem'
import { predeploys } from '../../core/predeploys.ts'

/** What tokens of OpenZeppelin's kind refuse. */
const tokenErrors = parseAbi([
  'error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)',
  'error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)',
])

/** ETH of L1 as a token on the chain. */
export const bridgedEther = predeploys.bridgedEther

/** An ERC-20 as far as the bridge needs it. */
export const tokenAbi = parseAbi([
  'function approve(address spender, uint256 value) returns (bool)',
  'function allowance(address owner, address spender) view returns (uint256)',
  'function balanceOf(address account) view returns (uint256)',
  'function decimals() view returns (uint8)',
  'function symbol() view returns (string)',
])

/** Of the portal on L1 what takes OPEN; the rest is in viem's op-stack actions. */
export const openPortalAbi = [
  ...parseAbi([
    'function depositERC20Transaction(address to, uint256 mint, uint256 value, uint64 gasLimit, bool isCreation, bytes data)',
    'function escrowed() view returns (uint256)',
  ]),
  ...tokenErrors,
] as const

/** The standard bridge on L1, of what users call. The zero token is ETH. */
export const l1BridgeAbi = [
  ...parseAbi([
    'function bridgeETHTo(address to, uint32 minGasLimit, bytes extraData) payable',
    'function bridgeERC20To(address localToken, address remoteToken, address to, uint256 amount, uint32 minGasLimit, bytes extraData)',
    'function deposits(address localToken, address remoteToken) view returns (uint256)',
    // Withdrawals that could not be paid out.
    'function claimable(address token, address account) view returns (uint256)',
    'function claim(address token, address account)',
    'function claimTo(address token, address to)',
    'event ETHBridgeInitiated(address indexed from, address indexed to, uint256 amount, bytes extraData)',
    'event ETHBridgeFinalized(address indexed from, address indexed to, uint256 amount, bytes extraData)',
    'event ERC20BridgeInitiated(address indexed localToken, address indexed remoteToken, address indexed from, address to, uint256 amount, bytes extraData)',
    'event ERC20BridgeFinalized(address indexed localToken, address indexed remoteToken, address indexed from, address to, uint256 amount, bytes extraData)',
    'event WithdrawalWaits(address indexed token, address indexed account, uint256 amount)',
    'error ContractNeedsRecipient()',
    'error NoRecipient()',
    'error NothingSent()',
    'error OpenGoesThroughPortal()',
    'error EtherIsNoToken()',
    'error NothingToClaim()',
  ]),
  ...tokenErrors,
] as const

/** The standard bridge on the chain, of what users call. */
export const l2Bridge = {
  address: predeploys.standardBridge,
  abi: [
    ...parseAbi([
      'function withdrawTo(address localToken, address to, uint256 amount, uint32 minGasLimit, bytes extraData)',
      'function otherBridge() view returns (address)',
      // Deposits that could not be minted.
      'function waiting(address localToken, address remoteToken, address from, address to) view returns (uint256)',
      'function claim(address localToken, address remoteToken, address from, address to)',
      'function giveBack(address localToken, address remoteToken, address from, address to, uint32 minGasLimit)',
      'event ERC20BridgeInitiated(address indexed localToken, address indexed remoteToken, address indexed from, address to, uint256 amount, bytes extraData)',
      'event ERC20BridgeFinalized(address indexed localToken, address indexed remoteToken, address indexed from, address to, uint256 amount, bytes extraData)',
      'event DepositWaits(address indexed localToken, address indexed remoteToken, address indexed from, address to, uint256 amount)',
      'error NoOtherBridge()',
      'error WrongToken(address localToken, address remoteToken)',
      'error NoRecipient()',
      'error TooMuchGas()',
      'error NothingWaits()',
      'error NotYours()',
    ]),
    ...tokenErrors,
  ],
} as const

/** Makes tokens on the chain that stand for those of L1. */
export const bridgedTokenFactory = {
  address: predeploys.bridgedERC20Factory,
  abi: parseAbi([
    'function createOptimismMintableERC20WithDecimals(address remoteToken, string name, string symbol, uint8 decimals) returns (address)',
    'function deployments(address localToken) view returns (address remoteToken)',
    'event OptimismMintableERC20Created(address indexed localToken, address indexed remoteToken, address deployer)',
    'error NoRemoteToken()',
  ]),
} as const
