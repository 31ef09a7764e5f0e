import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { commands } from '../../node/cli/commands.ts'
import { type Parsed, parseArguments } from '../../node/cli/program.ts'
import { resolveConfig } from '../../node/config/resolve.ts'
import type { Config } from '../../node/config/table.ts'

export const root = join(import.meta.dirname, '..', '..')
export const folder = join(root, 'deploy')

const conditions = z.enum(['service_started', 'service_healthy', 'service_completed_successfully'])
const healthcheck = z.union([
  z.strictObject({ disable: z.literal(true) }),
  z.strictObject({
    test: z.array(z.string()).min(2),
    interval: z.string(),
    timeout: z.string(),
    retries: z.number(),
    start_period: z.string(),
    start_interval: z.string(),
  }),
])
const serviceShape = z.strictObject({
  image: z.string(),
  build: z.strictObject({ context: z.string() }).optional(),
  entrypoint: z.array(z.string()).optional(),
  // Grafana's image needs none.
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  env_file: z.string().optional(),
  profiles: z.array(z.string()).optional(),
  restart: z.enum(['no', 'unless-stopped']),
  read_only: z.literal(true),
  tmpfs: z.array(z.string().regex(/^\/tmp:size=/)),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  pids_limit: z.number().positive(),
  mem_limit: z.string().regex(/^\d+[mg]$/),
  stop_grace_period: z.string().optional(),
  logging: z.strictObject({
    driver: z.literal('local'),
    options: z.strictObject({ 'max-size': z.string(), 'max-file': z.string() }),
  }),
  healthcheck,
  secrets: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.strictObject({ condition: conditions })).default({}),
})
const fileShape = z.strictObject({
  name: z.string(),
  'x-node': z.unknown().optional(),
  'x-hardened': z.unknown().optional(),
  services: z.record(z.string(), serviceShape),
  secrets: z.record(z.string(), z.strictObject({ file: z.string() })),
  volumes: z.record(z.string(), z.null()),
})

export type ComposeFile = z.output<typeof fileShape>
export type Service = z.output<typeof serviceShape>

/** A file of Docker Compose in the shape that all of ours have: no service without limits. */
export function readCompose(name: string): ComposeFile {
  return fileShape.parse(parse(readFileSync(join(folder, name), 'utf8'), { merge: true }))
}

export type Mount = { readonly source: string; readonly target: string; readonly isReadOnly: boolean }

export function mountsOf({ volumes }: Service): readonly Mount[] {
  return volumes.map((text) => {
    const [source = '', target = '', mode] = text.split(':')
    return { source, target, isReadOnly: mode === 'ro' }
  })
}

/** Variables of a file of `NAME=value` lines; with `#NAME=value`, too, if `all`. */
export function readEnvFile(name: string, { all }: { readonly all: boolean }): Record<string, string> {
  const lines = readFileSync(join(folder, name), 'utf8').split('\n')
  const found = lines.map((line) => (all ? /^#?([A-Z][A-Z0-9_]*)=(.+)$/ : /^([A-Z][A-Z0-9_]*)=(.+)$/).exec(line))
  return Object.fromEntries(found.flatMap((match) => (match === null ? [] : [[match[1]!, match[2]!]])))
}

/** The settings that a service's command line comes to inside its container. Throws what the node would say. */
export function settingsOf(
  service: Service,
  env: Readonly<Record<string, string>> = {},
): { readonly parsed: Parsed; readonly config: Config } {
  const parsed = parseArguments(service.command, commands, '0')
  if (parsed?.command.verb === undefined) throw new Error(`no command of the node: ${service.command.join(' ')}`)
  const all = { OPENLEDGER_DATA_DIR: '/data', ...env, ...service.environment }
  const { verb } = parsed.command
  const { config } = resolveConfig({ verb, flags: parsed.flags, env: all, isContainer: true })
  return { parsed, config }
}

/** Whether a service runs the node itself. */
export function isNode({ image, entrypoint }: Service): boolean {
  return image.startsWith('openledger/') && entrypoint === undefined
}
