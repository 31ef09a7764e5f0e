import { type ParamName, type ParamRange, paramNames, shareBounds, shareNames } from '../../attribution/native/rules.ts'
import { chainNames, loadSpec } from '../../genesis/loadSpec.ts'
import { durationText } from '../cli/duration.ts'
import { openText } from '../cli/openText.ts'
import { code, markdownTable } from './markdown.ts'

const meanings: Readonly<Record<ParamName, string>> = {
  revealSec: 'From the commit of a contribution to its reveal; it is active from then on.',
  windowSec: 'From the settlement or repair of a batch to its deadline.',
  answerSec: 'For answering a demand, and for further refutations after the first.',
  repairSec: 'For giving a refuted batch new roots.',
  unbondingSec: 'From `unstake` to `completeUnstake`; the stake stays slashable.',
  noticeSec: 'From `closeChannel` to the end of the channel.',
  batchGapSec: 'Between two batches of one provider and model.',
  claimExpirySec: 'From the end of a batch to `expireBatch`.',
  releaseSec: 'From revocation, retirement or supersession to the release of the bond.',
  specificBps: 'Of the data part, what the tiles of the traces can earn; the rest is base.',
  slashMultiple: 'A slash is at least this multiple of what the false part could earn …',
  slashFloorBps: '… and at least this part of the stake.',
  minStake: 'Of an agent that provides inference or repairs.',
  minDeposit: 'Of a channel.',
  versionBond: 'Of a version of a datanet.',
  modelBond: 'Of a model version.',
}

const shareMeanings: Readonly<Record<(typeof shareNames)[number], string>> = {
  data: 'Contributors and curators.',
  owner: "The model's owner and its ancestors.",
  validators: 'The ValidatorVault.',
  treasury: 'The Timelock.',
  insurance: 'The insurance fund.',
  burn: 'Burned.',
}

/** The parameters with their bounds on each chain, and the bounds of the split. */
export function paramsDoc(): readonly string[] {
  const specs = chainNames.map((name) => loadSpec(name).attribution)
  const rows = paramNames.map((name, number) => [
    String(number),
    code(name),
    meanings[name],
    ...specs.map(({ params }) => rangeText(params[name], (value) => valueText(name, value))),
  ])
  const shares = shareNames.map((name) => [
    code(name),
    shareMeanings[name],
    rangeText(shareBounds[name], (value) => percent(value)),
  ])
  const weeks = specs.map(({ weekSec }, index) => `${wholeText(weekSec)} on ${chainNames[index]}`)
  return [
    '## Parameters',
    'Value at genesis [least, most]. Only the Timelock sets them (`setParam` with the number), inside these bounds; ' +
      '`paramNow` tells what holds. A batch keeps the split, `specificBps`, the window and the slash it was settled with. ' +
      `Weeks of earnings, for the veto, last ${weeks.join(', ')}.`,
    markdownTable(['Number', 'Name', 'What', ...chainNames], rows),
    '### Split of a margin',
    'In the order in which it is split. A split is set whole (`setSplit`), sums to 10,000, and stays inside bounds that are ' +
      'compiled in, the same on every chain.',
    markdownTable(['Share', 'Goes to', 'At genesis [least, most]'], shares),
  ]
}

function rangeText({ value, min, max }: ParamRange, text: (value: bigint) => string): string {
  return `${text(value)} [${text(min)}, ${text(max)}]`
}

function valueText(name: ParamName, value: bigint): string {
  if (name.endsWith('Sec')) return wholeText(value)
  if (name.endsWith('Bps')) return percent(value)
  return name === 'slashMultiple' ? `${value} x` : openText(value)
}

/** A time without a part that is zero: `7 d`, `2 h 30 min`. */
function wholeText(seconds: bigint): string {
  return durationText(Number(seconds)).replace(/ 0 (?:h|min|s)$/, '')
}

function percent(bps: bigint): string {
  return `${Number(bps) / 100} %`
}
