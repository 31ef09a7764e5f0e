import { randomInt } from 'node:crypto'
import type { MessagePort } from 'node:worker_threads'
import type { Net, NetView } from '../../core/ports/net.ts'
import { systemClock } from '../../core/ports/systemClock.ts'
import { createL1Store } from '../../l1/store/records.ts'
import { openLevelKv } from '../../state/store/levelKv.ts'
import { blockAt } from '../follow/serve.ts'
import type { HostOptions } from '../host/host.ts'
import { createHub } from '../hub/hub.ts'
import type { NetLog } from '../hub/options.ts'
import type { StartTransport } from '../transport.ts'
import { type FromNet, failureToPlain, type LogLine, type NetCall, ownCopy, type ToNet } from './messages.ts'
import { createNewsDesk } from './news.ts'
import type { NetThreadOptions } from './options.ts'
import { createQuestions } from './questions.ts'

/**
 * The work of a net thread: it begins with the `open` message of the chain thread, which is at the other end of `parent`,
 * and ends with `close`.
 */
export function serveNet(parent: MessagePort, transportOf: (options: HostOptions) => StartTransport): void {
  const desk = createNewsDesk((news) => post({ kind: 'news', news }))
  const questions = createQuestions((id, question, transfer) => post({ kind: 'question', id, question }, transfer))
  const closing = new AbortController()
  let net: Net | undefined
  let newestView: NetView | undefined
  let closeAll = async (): Promise<void> => {}

  parent.on('message', (message: ToNet) => {
    switch (message.kind) {
      case 'open':
        return void open(message.options, message.view)
      case 'view':
        newestView = message.view
        return net?.tell(message.view)
      case 'publish':
        return net?.publish(message.topic, message.data)
      case 'blame':
        return net?.blame(message.peer, message.offence)
      case 'call':
        return void answer(message.id, message.call)
      case 'answer':
        return questions.answered(message.id, message.answer)
      case 'heard':
        return desk.heard()
      case 'close':
        return void close()
    }
  })

  async function open(options: NetThreadOptions, view: NetView): Promise<void> {
    try {
      const kv = await openLevelKv(options.chainDir, { readOnly: true })
      closeAll = () => kv.close()
      const store = createL1Store(kv)
      const { host, logLevel, chainDir: _, ...shared } = options
      const { chainId, genesis, bootnodes } = options
      const opened = await createHub({
        ...shared,
        startTransport: transportOf({ ...host, chainId, genesis, bootnodes }),
        listener: { ...questions, status: desk.status, gone: desk.gone },
        view,
        reads: { blockAt: (number) => blockAt(kv, number), blob: store.blob },
        clock: systemClock,
        random,
        log: logAt(logLevel),
        signal: closing.signal,
      })
      net = opened
      if (newestView !== undefined) opened.tell(newestView)
      closeAll = async () => {
        closing.abort()
        await opened.close()
        await kv.close()
      }
      post({ kind: 'opened' })
    } catch (error) {
      await closeAll()
      post({ kind: 'failed', failure: failureToPlain(error) })
    }
  }

  async function close(): Promise<void> {
    await closeAll()
    parent.close()
  }

  /** Answers are undefined where the net has none. */
  async function answer(id: number, call: NetCall): Promise<void> {
    const value = net === undefined ? undefined : await answerOf(net, call)
    post({ kind: 'result', id, value }, buffersIn(value))
  }

  function logAt(level: NetThreadOptions['logLevel']): NetLog {
    const levels = ['error', 'warn', 'info', 'debug', 'trace']
    const write = (of: LogLine['level']) => (fields: object, text: string) => {
      if (levels.indexOf(of) <= levels.indexOf(level)) desk.log({ level: of, fields, text })
    }
    return { warn: write('warn'), info: write('info'), debug: write('debug') }
  }

  function post(message: FromNet, transfer: ArrayBuffer[] = []): void {
    parent.postMessage(message, transfer)
  }
}

/** Fast enough for jitter and choices among peers, which is all it is for. */
const random = (): number => randomInt(2 ** 47) / 2 ** 47

async function answerOf(net: Net, { method, args }: NetCall): Promise<unknown> {
  switch (method) {
    case 'blocks': {
      const found = await net.blocks(...args)
      return found && { peer: found.peer, blocks: found.blocks.map((block) => ({ ...block, raw: ownCopy(block.raw) })) }
    }
    case 'blob': {
      const found = await net.blob(...args)
      return found && { peer: found.peer, blob: ownCopy(found.blob) }
    }
    case 'peers':
      return await net.peers()
    case 'info':
      return await net.info()
    case 'addPeer':
      return await net.addPeer(...args)
    case 'removePeer':
      return await net.removePeer(...args)
  }
}

/** The memory of the copies in an answer. */
function buffersIn(value: unknown): ArrayBuffer[] {
  if (typeof value !== 'object' || value === null) return []
  if ('blob' in value && value.blob instanceof Uint8Array) return bufferOf(value.blob)
  if ('blocks' in value && Array.isArray(value.blocks)) return value.blocks.flatMap(({ raw }) => bufferOf(raw))
  return []
}

function bufferOf(bytes: Uint8Array): ArrayBuffer[] {
  return bytes.buffer instanceof ArrayBuffer ? [bytes.buffer] : []
}
