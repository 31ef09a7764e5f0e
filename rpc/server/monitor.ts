import type { FastifyInstance } from 'fastify'

/** The answer to a health probe: `report` is JSON with the reasons. */
export type HealthReport = { readonly ok: boolean; readonly report: unknown }

export type Monitor = {
  /** The process works. */
  readonly live: () => HealthReport | Promise<HealthReport>
  /** The node should get traffic. */
  readonly ready: () => HealthReport | Promise<HealthReport>
  /** Prometheus' text format. */
  readonly metrics?: (() => Promise<{ readonly contentType: string; readonly text: string }>) | undefined
}

/** `GET /health/live`, `/health/ready` (200 or 503) and `/metrics`. */
export function routeMonitor(app: FastifyInstance, { live, ready, metrics }: Monitor): void {
  for (const [name, probe] of Object.entries({ live, ready })) {
    app.get(`/health/${name}`, async (_request, reply) => {
      const { ok, report } = await probe()
      await reply
        .code(ok ? 200 : 503)
        .header('cache-control', 'no-store')
        .type('application/json')
        .send(JSON.stringify(report))
    })
  }
  if (metrics === undefined) return
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await metrics()
    await reply.type(contentType).send(text)
  })
}
