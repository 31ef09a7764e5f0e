import type { ExtractAbiError, ExtractAbiErrorNames } from 'abitype'
import type { AbiParameter } from 'viem'
import { parseAbi } from 'viem'
import type { AbiRecord } from '../native/types.ts'

/** The custom errors of all five precompiles. What each means: `errorMeanings`. */
export const errorsAbi = parseAbi([
  'error UnknownFunction()',
  'error MalformedInput()',
  'error NotPayable()',
  'error DelegatedCall()',
  'error StaticCall()',
  'error AmountTooLarge()',
  'error ZeroAmount()',
  'error BadRecipient()',
  'error NotAllowed()',
  'error UnknownObject(bytes32 id)',
  'error WrongStatus(uint8 status)',
  'error TooEarly(uint256 earliest)',
  'error TooLate(uint256 latest)',
  'error TooMany(uint256 most)',
  'error OutOfBounds(uint256 min, uint256 max)',
  'error InvalidOpening()',
  'error InvalidProof()',
  'error BondTooLow(uint256 needed)',
  'error PolicyWidened()',
  'error ConsentTooNarrow()',
  'error ConsentExpired()',
  'error WrongCommitment()',
  'error EmptyContent()',
  'error SequenceMismatch(uint256 expected)',
  'error VersionClosed(bytes32 version)',
  'error VersionRefuted(bytes32 version)',
  'error Quarantined(bytes32 contribution)',
  'error DuplicateDatanet(bytes32 datanet)',
  'error CorpusTooLarge()',
  'error CorpusMismatch(bytes32 weightsHash)',
  'error TooManyAncestors()',
  'error ShareTooLow(bytes32 parent, uint256 least)',
  'error RoyaltyTooHigh()',
  'error InvalidSpec(uint8 field)',
  'error StakeTooLow(uint256 needed)',
  'error StakeInUse()',
  'error Ejected()',
  'error BatchExists(bytes32 batch)',
  'error BatchTooSoon(uint256 earliest)',
  'error InvalidUpdates()',
  'error SequenceRegress(uint48 channel)',
  'error InsufficientChannel(uint48 channel)',
  'error WrongChannel(uint48 channel)',
  'error ChannelClosed(uint48 channel)',
  'error InvalidSignature(uint48 channel)',
  'error SumMismatch()',
  'error UnderCollateralised()',
  'error OpenDemands()',
  'error AlreadyClaimed()',
  'error PoolExceeded()',
  'error DemandExists(bytes32 demand)',
  'error NotCommitted()',
  'error AlreadyProven()',
])

export type ErrorName = ExtractAbiErrorNames<typeof errorsAbi>
type Values<N extends ErrorName> = AbiRecord<ExtractAbiError<typeof errorsAbi, N>['inputs']>
/** The arguments of an error, as the rest of a parameter list: none where the error has none. */
export type ErrorValues<N extends ErrorName> = ExtractAbiError<typeof errorsAbi, N>['inputs'] extends readonly []
  ? []
  : [values: Values<N>]

const inputs = new Map<string, readonly AbiParameter[]>(errorsAbi.map(({ name, inputs }) => [name, inputs]))

/** The parameters of an error. */
export function errorParameters(name: ErrorName): readonly AbiParameter[] {
  return inputs.get(name)!
}

/** What each error means and what to do about it. */
export const errorMeanings: Readonly<Record<ErrorName, string>> = {
  UnknownFunction: 'The precompile has no function with this selector.',
  MalformedInput: "The arguments are not exactly as Solidity's abi.encode makes them.",
  NotPayable: 'The function takes no OPEN.',
  DelegatedCall: 'State changes only by a plain call: no DELEGATECALL, CALLCODE or EIP-7702 delegation.',
  StaticCall: 'State cannot change in a static call.',
  AmountTooLarge: 'An amount is above 2^96 - 1 wei.',
  ZeroAmount: 'An amount must not be zero.',
  BadRecipient: 'The zero address and the protocol itself receive nothing.',
  NotAllowed: 'The caller may not do this: see who may in the description of the function.',
  UnknownObject: 'Nothing exists under this id.',
  WrongStatus: 'The object is in a status that does not allow this.',
  TooEarly: 'Not before this time (seconds).',
  TooLate: 'Not after this time (seconds).',
  TooMany: 'More than the most allowed.',
  OutOfBounds: 'The value is outside the bounds.',
  InvalidOpening: 'A Merkle opening does not fit its root.',
  InvalidProof: 'The proof does not show what it is for: nothing happened.',
  BondTooLow: 'At least this much OPEN has to come with the call.',
  PolicyWidened: 'A policy may only become narrower.',
  ConsentTooNarrow: "The contribution's consent does not cover the datanet's policy, or the policy not this use.",
  ConsentExpired: 'The consent has expired.',
  WrongCommitment: 'The revealed values do not hash to what was committed.',
  EmptyContent: 'Contents and versions have at least one byte.',
  SequenceMismatch: "Not the datanet's next sequence number.",
  VersionClosed: 'The version holds a revoked contribution: no new models on it.',
  VersionRefuted: 'The version was proven false: no new models or channels on it.',
  Quarantined: 'The contribution is quarantined; claims wait until that is lifted.',
  DuplicateDatanet: 'Two versions of one datanet are listed.',
  CorpusTooLarge: 'The effective corpus has more than 16 datanets.',
  CorpusMismatch: 'These weights were registered with another corpus, of which nothing was refuted.',
  TooManyAncestors: 'More than 32 ancestors have a share.',
  ShareTooLow: 'A parent asks for a higher share.',
  RoyaltyTooHigh: "The parents' shares are more than half.",
  InvalidSpec:
    'A field of the model is out of range: 1 kind, 2 class, 3 margin, 4 least child share, 5 parents, 6 providers.',
  StakeTooLow: 'The agent has less stake than this.',
  StakeInUse: 'The stake backs open batches.',
  Ejected: 'The agent was ejected for signing two receipts with one sequence number.',
  BatchExists: 'This batch was settled before.',
  BatchTooSoon: 'The next batch of this provider and model cannot come before this time.',
  InvalidUpdates: 'Updates are 1 to 256 times 119 bytes, strictly ascending by channel.',
  SequenceRegress: 'A sequence number or cumulative amount does not grow.',
  InsufficientChannel: "The channel's deposit is less than the cumulative amount.",
  WrongChannel: 'The channel is not one of this provider and model.',
  ChannelClosed: 'The channel has expired or its notice has ended.',
  InvalidSignature: 'The voucher is not signed by the session key of the channel.',
  SumMismatch: 'Counts or totals of the batch do not add up.',
  UnderCollateralised: 'Open margins would exceed half the stake.',
  OpenDemands: 'Demands are unanswered.',
  AlreadyClaimed: 'Nothing is left to claim here.',
  PoolExceeded: 'More than the pool holds.',
  DemandExists: 'The same demand was made before.',
  NotCommitted: 'No commitment for exactly this call by this caller in an earlier block.',
  AlreadyProven: 'This was proven before.',
}
