import { compareWithAnvil } from './compare/index.ts'
import { writeJson } from './report.ts'

/** Prints this node beside anvil under one load, as ratios (above 1: this node is better). `--scale 0.1` for a quick look. */
const scaleFlag = process.argv.indexOf('--scale')
const scale = scaleFlag < 0 ? 1 : Number(process.argv[scaleFlag + 1])
const [anvil, own] = await compareWithAnvil(scale)
if (anvil === undefined || own === undefined) throw new Error('a server was not measured')

const loads = [
  ['singles', 'transfers, one per request'],
  ['batches', 'transfers, batches of 100'],
  ['token', 'ERC-20 transfers'],
] as const
const rows = [...loadRows(), ...readRows(), row('peak memory (MiB)', anvil.peakMib, own.peakMib, 'lower')]
console.log(
  ['', 'anvil', 'openledger', 'ratio'].map((title, i) => (i === 0 ? title.padEnd(44) : right(title))).join(''),
)
for (const line of rows) {
  console.log(line.name.padEnd(44) + show(line.anvil) + show(line.own) + show(line.ratio))
}
console.log(
  '\nwhere the time goes (openledger, seconds)'.padEnd(45) +
    ['build', 'verify', 'commit', 'all CPU'].map(right).join(''),
)
for (const [key, name] of loads) {
  const { stages, cpuSec } = own[key]
  if (stages === undefined) continue
  console.log(name.padEnd(44) + [stages.build, stages.verify, stages.commit, cpuSec].map(show).join(''))
}
console.log(
  'build, verify and commit are the chain thread; most of the other CPU is the rpc thread: HTTP, decoding, senders',
)

writeJson({ scale, rows, anvil, own }, process.argv)

function loadRows() {
  return loads.flatMap(([key, name]) => [
    row(`${name}: included/s`, anvil![key].includedPerSec, own![key].includedPerSec, 'higher'),
    row(`${name}: CPU s`, anvil![key].cpuSec, own![key].cpuSec, 'lower'),
    row(`${name}: blocks`, anvil![key].blocks, own![key].blocks, 'lower'),
    row(`${name}: rejected`, anvil![key].rejected, own![key].rejected, 'lower'),
  ])
}

function readRows() {
  return Object.entries(anvil!.reads).flatMap(([method, latency]) => [
    row(`${method}: p50 ms`, latency.p50Ms, own!.reads[method]!.p50Ms, 'lower'),
    row(`${method}: p99 ms`, latency.p99Ms, own!.reads[method]!.p99Ms, 'lower'),
  ])
}

function row(name: string, other: number, mine: number, better: 'higher' | 'lower') {
  return { name, anvil: other, own: mine, ratio: better === 'higher' ? mine / other : other / mine }
}

function show(value: number): string {
  return (Number.isFinite(value) ? (value >= 100 ? value.toFixed(0) : value.toFixed(2)) : '-').padStart(12)
}

function right(title: string): string {
  return title.padStart(12)
}
