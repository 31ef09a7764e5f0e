import { writeFileSync } from 'node:fs'
import { type Comparison, compareWithAnvil } from './compare/index.ts'

/** Prints this node beside anvil under one load, as ratios (above 1: this node is better). `--scale 0.1` for a quick look. */
const scaleFlag = process.argv.indexOf('--scale')
const scale = scaleFlag < 0 ? 1 : Number(process.argv[scaleFlag + 1])
const [anvil, own] = await compareWithAnvil(scale)
if (anvil === undefined || own === undefined) throw new Error('a server was not measured')

const rows = [...loadRows(), ...readRows(), row('peak memory (MiB)', anvil.peakMib, own.peakMib, 'lower')]
console.log(
  ['', 'anvil', 'openledger', 'ratio'].map((title, i) => (i === 0 ? title.padEnd(44) : title.padStart(12))).join(''),
)
for (const line of rows) {
  console.log(line.name.padEnd(44) + show(line.anvil) + show(line.own) + show(line.ratio))
}
const json = process.argv.indexOf('--json')
if (json >= 0)
  writeFileSync(String(process.argv[json + 1]), `${JSON.stringify({ scale, rows, anvil, own }, undefined, 2)}\n`)

function loadRows() {
  const loads: [keyof Comparison & ('singles' | 'batches' | 'token'), string][] = [
    ['singles', 'transfers, one per request'],
    ['batches', 'transfers, batches of 100'],
    ['token', 'ERC-20 transfers'],
  ]
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
