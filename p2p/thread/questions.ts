import type { NetListener, TxCode } from '../../core/ports/net.ts'
import { type Answer, ownCopy, type Question } from './messages.ts'

/** Questions to the chain thread that may be open at a time; the net itself answers what is beyond. */
export type QuestionLimits = {
  readonly blocks: number
  readonly blockBytes: number
  readonly txs: number
  readonly attestations: number
}

export const questionLimits: QuestionLimits = {
  blocks: 64,
  blockBytes: 67_108_864,
  txs: 2_048,
  attestations: 1_024,
}

type Judge = Pick<NetListener, 'block' | 'tx' | 'attestation'>

/** The chain thread's judgement, asked over a port. */
export type Questions = Judge & {
  answered(id: number, answer: Answer): void
}

/** `send` gets the question and the memory to hand over with it. */
export function createQuestions(
  send: (id: number, question: Question, transfer: ArrayBuffer[]) => void,
  limits: QuestionLimits = questionLimits,
): Questions {
  const waiting = new Map<number, (answer: Answer) => void>()
  const open = { blocks: 0, txs: 0, attestations: 0 }
  let openBytes = 0
  let lastId = 0

  async function ask<Code extends Answer>(question: Question, transfer: ArrayBuffer[]): Promise<Code> {
    const { topic } = question
    const id = ++lastId
    open[topic]++
    try {
      return await new Promise<Code>((resolve) => {
        // The answer to a question is of its kind: the other side answers with what its listener gives.
        waiting.set(id, (answer) => resolve(answer as Code))
        send(id, question, transfer)
      })
    } finally {
      open[topic]--
    }
  }

  return {
    async block(block) {
      const bytes = block.raw.length + block.compressed.length
      if (open.blocks >= limits.blocks || openBytes + bytes > limits.blockBytes) return 'held'
      const [raw, compressed] = [ownCopy(block.raw), ownCopy(block.compressed)]
      openBytes += bytes
      try {
        return await ask({ topic: 'blocks', block: { ...block, raw, compressed } }, [raw.buffer, compressed.buffer])
      } finally {
        openBytes -= bytes
      }
    },
    async tx(raw, sender) {
      if (open.txs >= limits.txs) return 'not_now'
      const copy = ownCopy(raw)
      return await ask<TxCode>({ topic: 'txs', raw: copy, sender }, [copy.buffer])
    },
    async attestation(attestation, signer) {
      if (open.attestations >= limits.attestations) return 'too_new'
      return await ask({ topic: 'attestations', attestation, signer }, [])
    },
    answered(id, answer) {
      waiting.get(id)?.(answer)
      waiting.delete(id)
    },
  }
}

/** Puts a question to a listener, in the thread that has it. */
export function putQuestion(listener: NetListener, question: Question): Promise<Answer> {
  if (question.topic === 'blocks') return listener.block(question.block)
  if (question.topic === 'txs') return listener.tx(question.raw, question.sender)
  return listener.attestation(question.attestation, question.signer)
}
