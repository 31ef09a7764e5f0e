import type { TileLeaf } from '../../../../attribution/kernel/leaves.ts'
import type { Corpus } from '../../../../attribution/kernel/span/corpus.ts'

/** The boundary rules as sets of positions, found by regular expressions over one character a byte. */
export function findBoundaries(output: Uint8Array) {
  const text = latin1(output)
  const positions = (expression: RegExp) => new Set([...text.matchAll(expression)].map(({ index }) => index))
  const joined = '(?:[0-9A-Za-z\\xc3-\\xdf]|(?<=[\\xc3-\\xdf])[\\x80-\\xbf])'
  const inside = positions(new RegExp(`(?!^)[\\x80-\\xbf]|(?<=${joined})${joined}`, 'g'))
  const boundaries = new Set(Array.from({ length: text.length + 1 }, (_, i) => i).filter((i) => !inside.has(i)))
  const likely = positions(new RegExp(`${joined}|[\\xc0-\\xff]`, 'g'))
  return {
    joins: positions(new RegExp(joined, 'g')),
    boundaries,
    starts: new Set([...boundaries].filter((i) => likely.has(i))),
    ends: new Set([...boundaries].filter((i) => i > 0)),
  }
}

/** The trace by the words of the specification: tries every length from the longest, and searches strings. */
export function naiveTrace(output: Uint8Array, corpus: Corpus): TileLeaf[] {
  const contents = corpus.flatMap(({ text, documents }, corpusIndex) =>
    documents.map(({ start, order }, document) => {
      const end = document + 1 < documents.length ? documents[document + 1]!.start - 1 : text.length
      return { corpusIndex, document, start, order, text: latin1(text.slice(start, end)) }
    }),
  )
  const { starts, ends } = findBoundaries(output)
  const searched = latin1(output)
  const tiles: TileLeaf[] = []
  let c = 0
  let paidEnd = 0
  for (const l of [...starts].sort((a, b) => a - b)) {
    if (l < c) continue
    for (let m = Math.min(1024, output.length - l); m >= 32; m--) {
      const span = searched.slice(l, l + m)
      if (!ends.has(l + m) || !contents.some(({ text }) => text.includes(span))) continue
      const byOrder = contents.filter(({ text }) => text.includes(span)).sort((a, b) => Number(a.order - b.order))
      const { corpusIndex } = byOrder[0]!
      const holders = byOrder
        .filter((each) => each.corpusIndex === corpusIndex)
        .filter(({ order }, place, all) => all.findIndex((each) => each.order === order) === place)
        .map(({ document, start, text }) => ({ document, offset: start + text.indexOf(span) }))
      const common = holders.length > 10
      if (!common) paidEnd += m
      tiles.push({ start: l, length: m, common: common ? 1 : 0, paidEnd, corpusIndex, holders: holders.slice(0, 11) })
      c = l + m
      break
    }
  }
  return tiles
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}
