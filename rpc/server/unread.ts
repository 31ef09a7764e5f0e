import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Account, Budget } from '../budget.ts'
import { callerOf } from '../caller.ts'

/** Ends the connection if the client has not taken the whole answer `timeoutMs` from now: what it leaves is held in memory. */
export function endUnread(response: ServerResponse, timeoutMs: number): void {
  const timer = setTimeout(() => response.req.socket.destroy(), timeoutMs)
  timer.unref()
  response.once('close', () => clearTimeout(timer))
}

/** Counts an answer of `bytes` for `caller` until its client has taken it; past the budget connections end. */
export type HoldAnswer = (response: ServerResponse, caller: string, bytes: number) => void

/**
 * The answers of a connection count together, as ending it frees them all; those that a proxy passes on count for
 * their callers, one by one.
 */
export function createHoldAnswer(budget: Budget): HoldAnswer {
  const connections = new WeakMap<Socket, { readonly account: Account; bytes: number }>()
  return (response, caller, bytes) => {
    const { socket } = response.req
    const isOwn = callerOf(socket.remoteAddress ?? '127.0.0.1') === caller
    const open = () => ({ account: budget.open(caller, () => socket.destroy()), bytes: 0 })
    const held = (isOwn ? connections.get(socket) : undefined) ?? open()
    if (isOwn) connections.set(socket, held)
    response.once('close', () => {
      held.bytes -= bytes
      if (held.bytes > 0) return held.account.set(held.bytes)
      held.account.close()
      if (isOwn) connections.delete(socket)
    })
    held.bytes += bytes
    held.account.set(held.bytes)
  }
}
