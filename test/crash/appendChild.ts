import { writeSync } from 'node:fs'
import { assert } from '../../core/errors.ts'
import { openChain } from '../../state/chain.ts'
import { openLevelKv } from '../../state/store/levelKv.ts'
import { rules, syntheticBlock, syntheticGenesis } from '../state/synthetic.ts'

// Writes to a chain until it is killed. Before each write it says what the head will be, after it that it is done.

const [path, salt] = process.argv.slice(2)
assert(path !== undefined && salt !== undefined, 'usage: appendChild <path> <salt>')
const say = (word: string, number: bigint, hash: string) => writeSync(1, `${word} ${number} ${hash}\n`)

// A small write buffer makes LevelDB write tables and compact all the time.
const kv = await openLevelKv(path, { writeBufferBytes: 1 << 16, cacheBytes: 1 << 20 })
const chain = await openChain({ kv, genesis: syntheticGenesis(), rules })
say('open', chain.heads().unsafe.number, chain.heads().unsafe.hash)
for (let step = 1; ; step++) {
  const { unsafe, finalized } = chain.heads()
  if (step % 11 === 0 && unsafe.number - finalized.number > 6n) {
    const target = unsafe.number - 3n
    const hash = chain.reader.hashByNumber(target)
    assert(hash !== undefined, 'the target is canonical')
    say('next', target, hash)
    await chain.rewind(target)
  } else if (step % 13 === 0) {
    const number = unsafe.number - 2n > finalized.number ? unsafe.number - 2n : finalized.number
    const hash = chain.reader.hashByNumber(number)
    assert(hash !== undefined, 'the label is canonical')
    say('next', unsafe.number, unsafe.hash)
    await chain.label({ safe: { number, hash }, finalized: { number, hash } })
  } else {
    const base = { parent: chain.header(), state: chain.state(), readNode: chain.reader.readNode }
    const sealed = syntheticBlock(base, { salt: `${salt} ${step}` })
    say('next', sealed.block.header.number, sealed.block.hash)
    await chain.append(sealed)
  }
  say('done', chain.heads().unsafe.number, chain.heads().unsafe.hash)
}
