import pino from 'pino'
import pretty from 'pino-pretty'

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
    serializers: { err: describeError },
    messageKey: 'msg',
  }
  const destination = pino.destination({ fd: 1, sync: true })
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

/** Name, code and message of an error; the stack only where the caller puts it in a field of its own. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message } = error
  return 'code' in error ? { name, code: error.code, message } : { name, message }
}
