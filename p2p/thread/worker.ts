import { parentPort } from 'node:worker_threads'
import { assert } from '../../core/errors.ts'
import { hostTransport } from '../host/host.ts'
import { serveNet } from './serveNet.ts'

// The net thread: its code is loaded at once, its work begins with the `open` message.
assert(parentPort !== null, 'the net thread is a worker thread')
serveNet(parentPort, hostTransport)
