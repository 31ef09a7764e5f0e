import type { KZG } from '@ethereumjs/util'
import type * as Mcl from 'mcl-wasm'
import { equalBytes, type Hex, hexToBytes } from '../../../core/hex.ts'

/** [tau]G2 of Ethereum's KZG ceremony (EIP-4844): the one element that checking a point evaluation needs. */
const tauG2 =
  '0xb5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2'

/** Generators of BLS12-381, compressed. */
const generatorG1 = '0x97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb'
const generatorG2 =
  '0x93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8'

const scalarOrder = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n

/**
 * The part of a KZG library that precompile 0x0a asks for: e(C - [y]G1, G2) = e(proof, [tau]G2 - [z]G2). The chain
 * has no blob transactions, so the rest is never called.
 */
export function createPointEvaluation(mcl: typeof Mcl): KZG {
  const g1 = pointOf(mcl, new mcl.G1(), generatorG1)
  const g2 = pointOf(mcl, new mcl.G2(), generatorG2)
  const tau = pointOf(mcl, new mcl.G2(), tauG2)

  function verifyProof(commitment: string, z: string, y: string, proof: string): boolean {
    const left = mcl.sub(pointOf(mcl, new mcl.G1(), commitment), mcl.mul(g1, scalarOf(mcl, y)))
    const right = mcl.sub(tau, mcl.mul(g2, scalarOf(mcl, z)))
    const quotient = mcl.neg(pointOf(mcl, new mcl.G1(), proof))
    return mcl.finalExp(mcl.mul(mcl.millerLoop(left, g2), mcl.millerLoop(quotient, right))).isOne()
  }

  return {
    verifyProof,
    blobToKzgCommitment: unused,
    computeBlobProof: unused,
    verifyBlobProofBatch: unused,
    computeCells: unused,
    computeCellsAndProofs: unused,
    recoverCellsAndProofs: unused,
    verifyCellKzgProofBatch: unused,
  }
}

/**
 * A compressed point; throws unless it is on the curve and in the subgroup, and these bytes are its one encoding: mcl
 * itself does not look at every byte of a point at infinity.
 */
function pointOf<T extends Mcl.G1 | Mcl.G2>(mcl: typeof Mcl, point: T, hex: string): T {
  mcl.verifyOrderG1(true)
  mcl.verifyOrderG2(true)
  mcl.setETHserialization(true)
  try {
    const bytes = hexToBytes(hex as Hex)
    point.deserialize(bytes)
    if (!equalBytes(point.serialize(), bytes)) throw new Error('not the canonical encoding of a point')
  } finally {
    mcl.setETHserialization(false)
  }
  return point
}

function scalarOf(mcl: typeof Mcl, hex: string): Mcl.Fr {
  if (BigInt(hex) >= scalarOrder) throw new Error('scalar out of range')
  const scalar = new mcl.Fr()
  scalar.setStr(hex.slice(2), 16)
  return scalar
}

function unused(): never {
  throw new Error('blobs are not part of this chain')
}
