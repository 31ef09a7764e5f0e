import { commands } from './cli/commands.ts'
import { exitCodes } from './cli/exit.ts'
import { createOutput, reportFailure } from './cli/output.ts'
import { parseArguments } from './cli/program.ts'
import { checkNpmFlags } from './config/npm.ts'
import { resolveConfig } from './config/resolve.ts'
import { verbsWithDefaults } from './config/table.ts'
import { isContainer } from './data/container.ts'
import { createShutdown } from './shutdown.ts'
import { readVersion } from './version.ts'

const argv = process.argv.slice(2)

/** Runs one command. Every failure ends as one line on stderr and an exit code. */
async function main(): Promise<number> {
  const style = { json: argv.includes('--json'), debug: false }
  try {
    checkNpmFlags(process.env, argv)
    const parsed = parseArguments(argv, commands, readVersion().version)
    if (parsed === undefined) return exitCodes.ok
    const shownFor = verbsWithDefaults.find((name) => name === parsed.own.for)
    const verb = shownFor ?? parsed.command.verb ?? 'config'
    const { config, sources } = resolveConfig({
      verb,
      flags: parsed.flags,
      env: process.env,
      isContainer: isContainer(),
    })
    style.json = config.json
    style.debug = config['log.level'] === 'debug' || config['log.level'] === 'trace'
    const out = createOutput({ json: config.json, quiet: config.quiet })
    const signal = createShutdown(exitCodes.forced)
    return await parsed.command.run({ config, sources, args: parsed.args, own: parsed.own, out, signal })
  } catch (error) {
    return reportFailure(error, style)
  }
}

// Whoever read our output has gone (`openledger devnet | head`): stop as if asked to. A full disk under a redirected
// output costs the output only.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.kill(process.pid, 'SIGTERM')
})
process.stderr.on('error', () => {})

process.exitCode = await main()
