import assert from 'node:assert/strict'
import type { Hash } from '../../core/hex.ts'
import type { Machine, Made, Scene } from './scene.ts'

/** What must hold at every moment, whatever happens to network, machines and L1. */
export type Watch = {
  look(): void
  /** In the end: nothing that the sequencer made is gone, unless L1 dropped what it was built on. */
  nothingLost(): void
}

export function createWatch(scene: Scene): Watch {
  /** What any node has ever called final. */
  const final = new Map<bigint, Hash>()
  const finalOf = new Map<string, bigint>()

  function lookAt({ name, node }: Machine): void {
    if (node === undefined) return
    const { chain } = node
    const { unsafe, safe, finalized } = chain.heads()
    assert.ok(finalized.number <= safe.number && safe.number <= unsafe.number, `${name}: heads in order`)
    assert.ok(finalized.number >= (finalOf.get(name) ?? 0n), `${name}: finality goes forward`)
    for (let number = (finalOf.get(name) ?? 0n) + 1n; number <= finalized.number; number++) {
      const hash = chain.reader.hashByNumber(number)!
      assert.equal(final.get(number) ?? hash, hash, `${name}: block ${number} is final elsewhere with another hash`)
      final.set(number, hash)
    }
    finalOf.set(name, finalized.number)
    if (name === scene.sequencer.name) return
    for (let number = safe.number + 1n; number <= unsafe.number; number++) {
      const hash = chain.reader.hashByNumber(number)!
      assert.ok(scene.made.has(hash), `${name}: block ${number} is the sequencer's`)
    }
  }

  /** Nobody can be shown two blocks of one parent and one origin. */
  function noRivals(): void {
    const places = new Map<string, string>()
    for (const { number, parentHash, origin, hash } of scene.made.values()) {
      const place = `${number} ${parentHash} ${origin}`
      assert.equal(places.get(place) ?? hash, hash, `two blocks of the sequencer at ${place}`)
      places.set(place, hash)
    }
  }

  return {
    look() {
      for (const machine of scene.machines) {
        lookAt(machine)
        const failure = machine.node?.failure()
        if (failure !== undefined) throw new Error(`${machine.name} ended by itself`, { cause: failure })
      }
      noRivals()
    },
    nothingLost() {
      const chain = scene.sequencer.node!.chain
      const isThere = ({ number, hash }: Made) => chain.reader.hashByNumber(number) === hash
      for (const block of scene.made.values()) {
        if (isThere(block)) continue
        assert.ok(isUprooted(scene, block), `block ${block.number} of the sequencer is gone`)
      }
    },
  }
}

/** L1 has dropped the origin of a block, or of one that it was built on. */
function isUprooted({ l1, made }: Scene, block: Made): boolean {
  for (let at: Made | undefined = block; at !== undefined; at = made.get(at.parentHash)) {
    const { origin } = at
    let number = l1.head().block.number
    while (number >= 1_000n && l1.at(number)?.block.hash !== origin) number--
    if (number < 1_000n) return true
  }
  return false
}
