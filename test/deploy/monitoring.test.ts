import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { parse } from 'yaml'
import { z } from 'zod'
import { type Metric, metrics } from '../../node/metrics/table.ts'
import { folder, isNode, readCompose } from './composeFile.ts'
import { listening } from './listening.ts'

const table: Readonly<Record<string, Metric>> = metrics
const usual = new Registry()
collectDefaultMetrics({ register: usual })
const usualNames = new Set(usual.getMetricsAsArray().map(({ name }) => name))
/** What Prometheus itself makes. */
const synthetic = new Set(['up', 'ALERTS'])
/** Labels that come with scraping or with alerts. */
const addedLabels = new Set(['node', 'job', 'instance', 'le', 'alertstate'])

const { services } = readCompose('compose.yaml')
const read = (path: string): string => readFileSync(join(folder, path), 'utf8')

const target = z.object({ expr: z.string(), legendFormat: z.string(), datasource: z.object({ uid: z.string() }) })
const dashboard = z
  .object({ uid: z.string(), panels: z.array(z.object({ title: z.string(), targets: z.array(target).default([]) })) })
  .parse(JSON.parse(read('grafana/dashboards/openledger.json')))
const rule = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.strictObject({ severity: z.enum(['page', 'ticket']) }),
  annotations: z.strictObject({ summary: z.string(), fix: z.string() }),
})
const { rules } = z
  .object({ groups: z.tuple([z.object({ name: z.string(), rules: z.array(rule) })]) })
  .parse(parse(read('prometheus/alerts.yml'))).groups[0]

const names = /(?<![\w"$])(?:openledger|nodejs|process)_\w+|\b(?:up|ALERTS)\b/g

/** Checks the metrics of an expression and the labels that it picks them by. */
function checkExpression(expression: string): void {
  const found = [...expression.matchAll(/([a-zA-Z_]\w*)(?:\{([^}]*)\})?/g)].filter(([, name]) =>
    new RegExp(`^(?:${names.source})$`).test(name!),
  )
  assert.ok(found.length > 0, expression)
  for (const [, name, matchers = ''] of found) {
    const metric = metricOf(name!)
    const isKnown = metric !== undefined || usualNames.has(name!) || synthetic.has(name!)
    assert.ok(isKnown, `${name} does not exist: ${expression}`)
    for (const [, label, operator, value] of matchers.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)) {
      if (addedLabels.has(label!)) continue
      const values = metric?.labels[label!]
      assert.ok(values !== undefined, `${name} has no label ${label}: ${expression}`)
      if (operator === '=' && typeof values !== 'string') assert.ok(values.includes(value!), `${label}="${value}"`)
    }
  }
}

function metricOf(name: string): Metric | undefined {
  const whole = Object.hasOwn(table, name) ? table[name] : undefined
  // A histogram has no series of its own name.
  if (whole !== undefined) return whole.kind === 'histogram' ? undefined : whole
  const base = table[name.replace(/_(?:bucket|sum|count)$/, '')]
  return base?.kind === 'histogram' ? base : undefined
}

/** The labels that the series of an expression are grouped by or have, as far as legends may name them. */
function legendLabels(expression: string): ReadonlySet<string> {
  const kept = [...expression.matchAll(/\bby\s*\(([^)]*)\)/g)].map(([, list]) => list!.split(',').map((x) => x.trim()))
  const innermost = kept.at(-1)
  if (innermost !== undefined) return new Set(innermost)
  const labels = [...expression.matchAll(names)].flatMap(([name]) => Object.keys(metricOf(name)?.labels ?? {}))
  return new Set([...labels, 'node'])
}

test('every panel of the dashboard shows metrics that exist, by labels that they have', () => {
  const targets = dashboard.panels.flatMap(({ targets }) => targets)
  assert.ok(targets.length >= 40)
  for (const { expr, legendFormat, datasource } of targets) {
    checkExpression(expr)
    assert.equal(datasource.uid, 'prometheus')
    for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
      assert.ok(legendLabels(expr).has(label!), `${label} of ${expr}`)
  }
})

test('every alert is about metrics that exist, and says what to do', () => {
  for (const { alert, expr, annotations } of rules) {
    checkExpression(expr)
    assert.match(annotations.fix, /^[A-Z].*[.]$/, alert)
    assert.match(annotations.summary, /\w/)
  }
  assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length)
})

test('what must wake somebody does', () => {
  const pages = new Map(
    rules.filter(({ labels }) => labels.severity === 'page').map(({ alert, expr }) => [alert, expr]),
  )
  const wanted = {
    HeadOld: 'openledger_head_age_seconds',
    L1Stalled: 'openledger_l1_stalled',
    NoPeers: 'openledger_peers',
    SafeDisputed: 'openledger_safe_disputed',
    EvidenceFound: 'openledger_evidence_bundles',
    L1FundsLow: 'openledger_l1_balance_wei',
    DiskLow: 'openledger_disk_free_bytes',
    NodeDown: 'up',
  }
  for (const [alert, metric] of Object.entries(wanted)) assert.ok(pages.get(alert)?.includes(metric), alert)
})

test('an unknown metric, label or value is noticed', () => {
  for (const expression of [
    'openledger_no_such_metric > 1',
    'openledger_block_build_seconds > 1',
    'openledger_peers{topic="blocks"} > 1',
    'openledger_peers{direction="sideways"} > 1',
    'rate(openledger_peers_bucket[5m])',
  ])
    assert.throws(() => checkExpression(expression), assert.AssertionError, expression)
})

test('Prometheus asks every node where it answers, and Grafana asks Prometheus', () => {
  const target = z.object({ targets: z.tuple([z.string()]), labels: z.strictObject({ node: z.string() }) })
  const config = z
    .object({
      rule_files: z.tuple([z.literal('alerts.yml')]),
      scrape_configs: z.tuple([z.object({ job_name: z.literal('openledger'), static_configs: z.array(target) })]),
    })
    .parse(parse(read('prometheus/prometheus.yml')))
  const asked = config.scrape_configs[0].static_configs.map(({ targets: [at], labels }) => [labels.node, at])
  const nodes = Object.entries(services).filter(([, service]) => isNode(service) && service.restart !== 'no')
  const expected = nodes.map(([name, service]) => [name, `${name}:${listening(service).metrics}`])
  assert.deepEqual(asked, expected)

  const source = z.object({ uid: z.literal('prometheus'), type: z.literal('prometheus'), url: z.string() })
  const { datasources } = z
    .object({ datasources: z.tuple([source]) })
    .parse(parse(read('grafana/provisioning/datasources/prometheus.yaml')))
  assert.equal(datasources[0].url, `http://prometheus:${listening(services.prometheus!).rpc}`)
})
