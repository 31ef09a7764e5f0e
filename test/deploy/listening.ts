import { isNode, type Service, settingsOf } from './composeFile.ts'

/** The ports on which a service listens inside its container. */
export type Ports = {
  readonly rpc?: number
  readonly metrics?: number | undefined
  readonly peers?: number
  readonly all: readonly number[]
}

/** The defaults of the images that are not ours. */
const others = { 'prom/prometheus': 9090, 'grafana/grafana': 3000 } as Record<string, number>

/** Where a service listens, by its command line. Variables are those of its environment file, if it has one. */
export function listening(service: Service, variables: Readonly<Record<string, string>> = {}): Ports {
  if (isNode(service)) {
    const { config } = settingsOf(service, service.env_file === undefined ? {} : variables)
    const [rpc, metrics, peers] = [config['http.port'], config['metrics.port'], config['p2p.port']]
    return { rpc, metrics, peers, all: [rpc, peers, ...(metrics === undefined ? [] : [metrics])] }
  }
  const anvil = service.command.map((flag) => /^--port=(\d+)$/.exec(flag)?.[1]).find(Boolean)
  const port = anvil === undefined ? others[service.image.split(':')[0]!] : Number(anvil)
  return port === undefined ? { all: [] } : { rpc: port, all: [port] }
}
