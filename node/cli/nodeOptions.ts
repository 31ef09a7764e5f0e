import type { Config, Key } from '../config/table.ts'
import { isContainer } from '../data/container.ts'
import { chooseFormat, createLogger, type Logger, type LogStyle } from '../log/logger.ts'
import type { HttpOptions } from '../roles/options.ts'

/** The logger of a node and how to make another one like it in another thread. */
export function logging(config: Config): { readonly log: Logger; readonly logStyle: LogStyle } {
  const format = chooseFormat(config['log.format'], config.json, process.stdout.isTTY === true)
  const level = config.quiet ? 'error' : config['log.level']
  const logStyle = { format, level } as const
  return { log: createLogger(logStyle), logStyle }
}

/** Where to listen: inside a container on all addresses unless told otherwise, because only those are reachable. */
export function httpOptions(config: Config, sources: Readonly<Record<Key, string>>, log: Logger): HttpOptions {
  const inContainer = isContainer()
  const hostOf = (key: 'http.addr' | 'metrics.addr'): string => {
    return inContainer && sources[key] === 'default' ? '0.0.0.0' : config[key]
  }
  const host = hostOf('http.addr')
  if (host !== config['http.addr']) log.info({ host }, 'inside a container: listening on all addresses')
  return {
    host,
    port: config['http.port'],
    namespaces: config['http.api'],
    corsOrigins: config['http.corsdomain'],
    hosts: config['http.vhosts'],
    metricsHost: hostOf('metrics.addr'),
    metricsPort: config['metrics.port'],
  }
}
