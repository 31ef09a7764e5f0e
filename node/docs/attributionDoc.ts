import { toFunctionSelector } from 'viem'
import { type ErrorName, errorMeanings, errorsAbi } from '../../attribution/abi/errors.ts'
import type { Fields, FieldType, RecordTable } from '../../attribution/native/record.ts'
import type { PrecompileDefinition } from '../../attribution/native/table.ts'
import { protocolDefinitions } from '../../attribution/protocol.ts'
import { contributionStatus, uses } from '../../attribution/storage/datanets.ts'
import { modelClasses, modelKinds } from '../../attribution/storage/models.ts'
import { batchStatus } from '../../attribution/storage/settlement.ts'
import { demandKinds, demandStatus } from '../../attribution/storage/traces.ts'
import { classMeanings } from '../../sdk/models.ts'
import { code, markdownTable } from './markdown.ts'
import { paramsDoc } from './protocolParams.ts'
import { protocolRecords } from './protocolRecords.ts'
import { protocolSignatures } from './solidityDoc.ts'

const introduction = [
  '# The attribution protocol: reference',
  'Made by `npm run docs` from the tables of `attribution/`; do not edit. What the functions compute, and why a false ' +
    'attribution can always be shown false, is in [SPEC.md](SPEC.md#attribution-protocol).',
  'Five native precompiles. Datanets hold who contributed which text, under which consent. Models declare what they were ' +
    'built from. A payer locks OPEN in a channel of Settlement; the provider answers requests, signs a receipt for each and ' +
    'settles many at once with the vouchers of its payers. What is not compute is margin, and waits: whoever finds the ' +
    'attribution false proves it in Traces and is paid from the stake in Agents. After the window the margin is split among ' +
    'contributors, curators, model owners and ancestors, validators and the protocol; everybody withdraws their own.',
  'Ways to call them:',
  [
    '- **viem**: `client.extend(openledgerActions())` of `sdk/actions.ts` has an action for each function, with arguments by ' +
      'name; `protocolError` of `sdk/errors.ts` tells what was refused. Runnable: `examples/attribution/`.',
    '- **Solidity**: `sdk/solidity/I*.sol`, with the address of each precompile as a constant.',
    '- **command line**: `openledger datanet`, `model`, `channel`, `settle`, `claim`, `agent`.',
  ].join('\n'),
  "Input is exactly what Solidity's `abi.encode` makes of the arguments; everything else is `MalformedInput`. Functions that " +
    'are not views refuse static calls, DELEGATECALL, CALLCODE and EIP-7702 delegation; those that are not payable refuse ' +
    'OPEN. A failed call reverts with one of the [errors](#errors) and changes nothing. Amounts are wei, at most 2^96 - 1; ' +
    'times are Unix seconds; ids are 32 bytes; a channel is a number.',
  'The gas column says what a call uses beside 100 and 6 per 32 bytes of input. A slot is 2,100 gas when first read, 2,900 ' +
    'when first changed (20,000 if it was zero), 100 later in the same call; a hash is 60 and 6 per 32 bytes, a signature ' +
    '3,000, a payment 9,000 (25,000 more to an address without account); logs cost what they cost a contract.',
]

/** docs/ATTRIBUTION.md: functions, events, errors, storage and parameters of the protocol. */
export function attributionDoc(): string {
  const parts = [
    ...introduction,
    ...[...protocolDefinitions].sort((a, b) => (a.address < b.address ? -1 : 1)).flatMap(precompileDoc),
    '## Numbers',
    markdownTable(['What', 'Numbers'], numberRows()),
    Object.entries(classMeanings)
      .map(([name, meaning]) => `- Class ${name}: ${meaning}.`)
      .join('\n'),
    '## Errors',
    markdownTable(
      ['Error', 'Selector', 'Values', 'Meaning'],
      errorsAbi.map(({ name, inputs }) => [
        code(name),
        code(toFunctionSelector(`${name}(${inputs.map(({ type }) => type).join(',')})`)),
        inputs.map((input) => code(`${input.type} ${input.name}`)).join(', '),
        errorMeanings[name as ErrorName],
      ]),
    ),
    ...paramsDoc(),
    '## Reading storage',
    'Storage is laid out as Solidity lays out `mapping(key => struct)` variables, so `eth_getProof` proves every object. The ' +
      'slot of a record is `keccak256(key . position)`, for several keys `keccak256(key2 . keccak256(key1 . position))`, ' +
      'each key and position a 32-byte word; a record without keys begins at its position. Word w is at that slot + w; in a ' +
      'word the first field has the lowest bits. Absent records are zero.',
  ]
  return `${parts.join('\n\n')}\n`
}

function precompileDoc(definition: PrecompileDefinition): readonly string[] {
  const { name, address, about, functions } = definition
  const title = `${name[0]!.toUpperCase()}${name.slice(1)}`
  const of = (keyword: string) =>
    protocolSignatures[name].flatMap((line) => (line.startsWith(`${keyword} `) ? [line.slice(keyword.length + 1)] : []))
  const signatures = new Map(of('function').map((line) => [line.slice(0, line.indexOf('(')), line]))
  return [
    `## ${title}`,
    `At \`${address}\`. ${about} Solidity: [I${title}.sol](../sdk/solidity/I${title}.sol).`,
    markdownTable(
      ['Function', 'Selector', '', 'What it does', 'Gas'],
      [...functions.values()].map(({ abi, about: text, gas }) => [
        code(callText(signatures.get(abi.name)!)),
        code(toFunctionSelector(abi)),
        abi.stateMutability === 'nonpayable' ? '' : abi.stateMutability,
        text,
        gas,
      ]),
    ),
    `### Structs of ${title}`,
    of('struct')
      .map((line) => `- ${code(line)}`)
      .join('\n'),
    `### Events of ${title}`,
    of('event')
      .map((line) => `- ${code(line)}`)
      .join('\n'),
    `### Storage of ${title}`,
    markdownTable(['Position', 'Record', 'Word', 'Fields'], protocolRecords(name).flatMap(recordRows)),
  ]
}

/** A function without its mutability, which has a column of its own. */
function callText(signature: string): string {
  return signature.replace(/\) (view|payable)/, ')').replace(') returns ', ') → ')
}

function recordRows(record: RecordTable<Fields>): readonly (readonly string[])[] {
  const { position, name, keys, fields } = record
  const zeros = keys.map(() => 0n)
  const words: string[][] = []
  let slot = ''
  for (const [field, type] of Object.entries<FieldType>(fields)) {
    const place = record.place(field, ...zeros)
    if (place.slot !== slot) words.push([])
    slot = place.slot
    words.at(-1)!.push(`${type} ${field}`)
  }
  const title = code([name, ...keys.map((key) => `[${key}]`)].join(''))
  return words.map((list, word) => [
    word === 0 ? String(position) : '',
    word === 0 ? title : '',
    String(word),
    list.map(code).join(', '),
  ])
}

function numberRows(): readonly (readonly string[])[] {
  const ofTable = (table: Readonly<Record<string, bigint>>) =>
    Object.entries(table).map(([name, value]) => `${value} ${name}`)
  const ofList = (names: readonly string[]) => names.flatMap((name, value) => (name === '' ? [] : [`${value} ${name}`]))
  return [
    ['`consent`: the sum of what is allowed', ofTable(uses)],
    ['`status` of a contribution', ofTable(contributionStatus)],
    ['`kind` of a model', ofList(modelKinds)],
    ['`class` of a model', ofList(modelClasses)],
    ['`status` of a batch', ofTable(batchStatus)],
    ['`kind` of a demand', ofTable(demandKinds)],
    ['`status` of a demand', ofTable(demandStatus)],
  ].map(([what, values]) => [what as string, (values as readonly string[]).join(', ')])
}
