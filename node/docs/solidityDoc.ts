import { agentsSignatures } from '../../attribution/abi/agents.ts'
import { datanetsSignatures } from '../../attribution/abi/datanets.ts'
import { type ErrorName, errorMeanings, errorsAbi } from '../../attribution/abi/errors.ts'
import { modelsSignatures } from '../../attribution/abi/models.ts'
import { settlementSignatures } from '../../attribution/abi/settlement.ts'
import { tracesSignatures } from '../../attribution/abi/traces.ts'
import type { ProtocolName } from '../../attribution/native/addresses.ts'
import type { PrecompileDefinition } from '../../attribution/native/table.ts'
import { protocolDefinitions } from '../../attribution/protocol.ts'
import { checksumAddress } from '../../core/checksum.ts'

/** What the ABIs are made of: Solidity's own words, but for visibility and data locations. */
export const protocolSignatures: Readonly<Record<ProtocolName, readonly string[]>> = {
  datanets: datanetsSignatures,
  models: modelsSignatures,
  settlement: settlementSignatures,
  traces: tracesSignatures,
  agents: agentsSignatures,
}

/** The Solidity interfaces by path. */
export const solidityInterfaces: Readonly<Record<string, () => string>> = {
  'sdk/solidity/IErrors.sol': errorsInterface,
  ...Object.fromEntries(
    protocolDefinitions.map((definition) => [
      `sdk/solidity/${interfaceName(definition)}.sol`,
      () => precompileInterface(definition),
    ]),
  ),
}

const lineWidth = 120
const indent = '    '
const head = ['// SPDX-License-Identifier: Apache-2.0', 'pragma solidity ^0.8.22;', '']

/** One precompile: structs, events, functions with their texts, and its address as a constant. */
function precompileInterface(definition: PrecompileDefinition): string {
  const { name, address, about, functions } = definition
  const signatures = protocolSignatures[name]
  const texts = new Map([...functions.values()].map((entry) => [entry.abi.name, entry]))
  const of = (keyword: string) => signatures.filter((signature) => signature.startsWith(`${keyword} `))
  const body = [
    ...of('struct').map(structLines),
    of('event').flatMap((signature) => wrap(`${signature};`)),
    ...of('function').map((signature) => {
      const { about: text, gas } = texts.get(nameOf(signature))!
      return [...comment('@notice', text), ...comment('@dev', `Gas beside input: ${gas}.`), ...functionLines(signature)]
    }),
  ]
  const type = interfaceName(definition)
  const lines = [
    ...head,
    `// Made by \`npm run docs\` from attribution/abi/${name}.ts and attribution/${name}/table.ts; do not edit.`,
    '',
    ...comment('@notice', about),
    '/// @dev A native precompile. The errors that its functions revert with are in IErrors.sol.',
    `interface ${type} {`,
    ...body.flatMap((lines, index) => [...(index === 0 ? [] : ['']), ...lines.map((line) => indent + line)]),
    '}',
    '',
    `${type} constant ${name.toUpperCase()} = ${type}(${checksumAddress(address)});`,
  ]
  return `${lines.join('\n')}\n`
}

/** All errors; apart from the interfaces, because two events have the name of an error. */
function errorsInterface(): string {
  const lines = errorsAbi.flatMap(({ name, inputs }, index) => [
    ...(index === 0 ? [] : ['']),
    ...comment('@notice', errorMeanings[name as ErrorName]),
    `error ${name}(${inputs.map((input) => `${input.type} ${input.name}`).join(', ')});`,
  ])
  const text = [
    ...head,
    '// Made by `npm run docs` from attribution/abi/errors.ts; do not edit.',
    '',
    '/// @notice What the precompiles of the attribution protocol revert with.',
    'interface IErrors {',
    ...lines.map((line) => (line === '' ? '' : indent + line)),
    '}',
  ]
  return `${text.join('\n')}\n`
}

function interfaceName({ name }: PrecompileDefinition): string {
  return `I${name[0]!.toUpperCase()}${name.slice(1)}`
}

/** The name that a signature declares. */
function nameOf(signature: string): string {
  return /^\w+ (\w+)/.exec(signature)![1]!
}

function structLines(signature: string): readonly string[] {
  const [, name, fields] = /^struct (\w+) \{(.*)\}$/.exec(signature)!
  const list = fields!.split(';').map((field) => field.trim())
  return [`struct ${name} {`, ...list.filter(Boolean).map((field) => `${indent}${field};`), '}']
}

function functionLines(signature: string): readonly string[] {
  const [, name, inputs, mutability, outputs] =
    /^function (\w+)\((.*?)\)(?: (view|payable))?(?: returns \((.*)\))?$/.exec(signature)!
  const returns = outputs === undefined ? '' : ` returns (${located(outputs, 'memory')})`
  const kind = mutability === undefined ? '' : ` ${mutability}`
  return wrap(`function ${name}(${located(inputs!, 'calldata')}) external${kind}${returns};`)
}

/** Parameters with the data location that Solidity wants for everything but single words. */
function located(parameters: string, location: 'calldata' | 'memory'): string {
  return list(parameters)
    .map((parameter) => {
      const [type, name] = parameter.split(' ')
      const isWord = /^(address|bool|bytes32|uint\d+)$/.test(type!)
      return isWord ? parameter : `${type} ${location} ${name}`
    })
    .join(', ')
}

function list(parameters: string): readonly string[] {
  return parameters === '' ? [] : parameters.split(', ')
}

/** A declaration on one line, or with a line for each parameter where that would be too long. */
function wrap(declaration: string): readonly string[] {
  if (indent.length + declaration.length <= lineWidth) return [declaration]
  const [, before, parameters, after] = /^(.*?\()(.*?)(\).*)$/.exec(declaration)!
  const inner = list(parameters!)
  return [before!, ...inner.map((each, at) => `${indent}${each}${at === inner.length - 1 ? '' : ','}`), after!]
}

/** A natspec comment of as many lines as it takes. */
function comment(tag: string, text: string): readonly string[] {
  const lines: string[] = []
  let line = `/// ${tag}`
  for (const word of text.split(' ')) {
    if (indent.length + line.length + 1 + word.length > lineWidth) {
      lines.push(line)
      line = '///'
    }
    line += ` ${word}`
  }
  return [...lines, line]
}
