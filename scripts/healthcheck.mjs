// The container's HEALTHCHECK: exit code 0 if the node is ready, 1 with the reasons if not.
const port = process.env.OPENLEDGER_METRICS_PORT ?? process.env.OPENLEDGER_HTTP_PORT ?? '8545'

try {
  const response = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(4000) })
  process.stdout.write(`${await response.text()}\n`)
  process.exitCode = response.status === 200 ? 0 : 1
} catch (error) {
  process.stdout.write(`no answer on port ${port}: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
