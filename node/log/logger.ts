import pino from 'pino'
import pretty from 'pino-pretty'
import { NodeError } from '../../core/errors.ts'

export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace'

/** A log method: fields first, then constant text. */
type Write = (fields: object, text: string) => void

/** Where the parts that act write what happened. Text is constant, data is in the fields, secrets are in neither. */
export type Logger = Readonly<Record<LogLevel, Write>>

export type LogStyle = { readonly level: LogLevel | 'silent'; readonly format: 'pretty' | 'json' }

/** `auto` is pretty on a terminal and JSON elsewhere; `--json` is always JSON. */
export function chooseFormat(
  format: 'auto' | 'pretty' | 'json',
  json: boolean,
  isTerminal: boolean,
): 'pretty' | 'json' {
  if (json) return 'json'
  if (format !== 'auto') return format
  return isTerminal ? 'pretty' : 'json'
}

/** A logger that writes to standard output from any thread, without a helper thread. */
export function createLogger({ level, format }: LogStyle): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: level === 'debug' || level === 'trace' ? pino.stdSerializers.err : describeError },
    messageKey: 'msg',
  }
  const destination = pino.destination({ fd: 1, sync: true })
  // Nobody reads the log any more: there is nowhere left to say so.
  destination.on('error', () => {})
  if (format === 'json') return toLogger(pino(options, destination))
  const lines = pretty({
    colorize: process.stdout.isTTY === true,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname',
    singleLine: true,
    sync: true,
    destination: 1,
  })
  return toLogger(pino(options, lines))
}

/** A logger for tests and quiet verbs. */
export const silentLogger: Logger = { error: drop, warn: drop, info: drop, debug: drop, trace: drop }

function drop(): void {}

function toLogger(logger: pino.Logger): Logger {
  const plain = (level: LogLevel): Write => {
    return (fields, text) =>
      logger[level](Object.fromEntries(Object.entries(fields).map(([k, v]) => [k, toPlain(v)])), text)
  }
  return {
    error: plain('error'),
    warn: plain('warn'),
    info: plain('info'),
    debug: plain('debug'),
    trace: plain('trace'),
  }
}

function toPlain(value: unknown): unknown {
  return typeof value === 'bigint' ? (value <= Number.MAX_SAFE_INTEGER ? Number(value) : value.toString()) : value
}

/**
 * What a log line says of an error: of ours the sentence and the code, of others only the kind and the place, because
 * their text may repeat what came from the network. With `debug` everything is logged.
 */
function describeError(error: unknown): unknown {
  if (error instanceof NodeError) return { code: error.code, message: error.message }
  if (!(error instanceof Error)) return { name: typeof error }
  const at = error.stack
    ?.split('\n')
    .find((line) => line.startsWith('    at '))
    ?.trim()
  return { name: error.name, ...('code' in error && { code: error.code }), at }
}
