import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseYaml } from '../../src/config/yaml-document.ts'
import { METRICS } from '../../src/observe/metrics.ts'

const ROOT = join(import.meta.dirname, '../..')
const DECLARED = Object.entries<{ help: string; isCounter?: true }>(METRICS)
const NAMES = DECLARED.map(([name]) => name)
const COUNTERS = DECLARED.flatMap(([name, { isCounter }]) => (isCounter === true ? [name] : []))

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

interface Rule {
  alert: string
  expr: string
  for?: string
  labels: { severity: string }
  annotations: { summary: string; description: string }
}
const { groups } = parseYaml(read('deploy/prometheus/alerts.yaml')) as { groups: { rules: Rule[] }[] }
const RULES = groups.flatMap(({ rules }) => rules)

interface Panel {
  id: number
  type: string
  datasource?: { uid: string }
  gridPos: { x: number; y: number; w: number; h: number }
  targets?: { expr: string; datasource: { uid: string } }[]
}
interface GrafanaDashboard {
  panels: Panel[]
  templating: { list: { name: string; type: string; query: unknown; definition?: string }[] }
}
const DASHBOARD = JSON.parse(read('deploy/grafana/switchyard.json')) as GrafanaDashboard
const TARGETS = DASHBOARD.panels.flatMap(({ targets = [] }) => targets)
const VARIABLES = DASHBOARD.templating.list
const QUERIES = [
  ...RULES.map(({ expr }) => expr),
  ...TARGETS.map(({ expr }) => expr),
  ...VARIABLES.flatMap(({ definition = [] }) => definition),
]

const namesIn = (text: string) => [...text.matchAll(/\bswitchyard_\w+/g)].map(([name]) => name)
const labelsIn = (text: string) =>
  [...text.matchAll(/\b(switchyard_\w+)\{([^}]*)\}/g)].flatMap(([, name = '', inside = '']) =>
    [...inside.matchAll(/(\w+)!?[=~]+/g)].map(([, label = '']) => [name, label]),
  )

test('rules and dashboard ask for metrics that there are, and leave none out', () => {
  expect(QUERIES.flatMap(namesIn).filter((name) => !NAMES.includes(name))).toEqual([])
  expect(NAMES.filter((name) => !TARGETS.some(({ expr }) => namesIn(expr).includes(name)))).toEqual([])
})

test('they choose by labels that the metrics have', () => {
  const documented = new Map(metricsInDocs().map(([name, labels]) => [name, ['job', 'instance', ...labels]]))
  const found = QUERIES.flatMap(labelsIn)
  expect(found.length).toBeGreaterThan(0)
  expect(found.filter(([name = '', label = '']) => documented.get(name)?.includes(label) !== true)).toEqual([])
})

test('counters are only looked at as steps or rates', () => {
  const bare = QUERIES.filter((query) =>
    COUNTERS.some((name) =>
      query.replaceAll(new RegExp(`(rate|increase)\\(${name}(\\{[^}]*\\})?\\[`, 'g'), '').includes(name),
    ),
  )
  expect(bare).toEqual([])
})

test('each alert has a name of its own, says how bad it is, what it means and what to do', () => {
  expect(new Set(RULES.map(({ alert }) => alert)).size).toBe(RULES.length)
  for (const { alert, annotations, labels } of RULES) {
    expect(alert).toMatch(/^Switchyard[A-Z][A-Za-z]+$/)
    expect(['critical', 'warning']).toContain(labels.severity)
    expect(annotations.summary).toMatch(/\S/)
    expect(annotations.description).toMatch(/\.$/)
  }
})

const hasPromtool = spawnSync('promtool', ['--version']).status === 0
test.skipIf(!hasPromtool)(
  'promtool, where it is installed, takes the rules, and each fires for what it is about',
  () => {
    const promtool = (...args: string[]) => execFileSync('promtool', args, { cwd: ROOT, encoding: 'utf8' })
    expect(promtool('check', 'rules', 'deploy/prometheus/alerts.yaml')).toContain(`${RULES.length} rules found`)
    expect(promtool('test', 'rules', 'test/tooling/alerts.promtool.yaml')).toContain('SUCCESS')
  },
)

test('each panel takes the data source that is chosen on top, and none lies on another', () => {
  expect(VARIABLES).toContainEqual(
    expect.objectContaining({ name: 'datasource', type: 'datasource', query: 'prometheus' }),
  )
  const sources = [...TARGETS, ...DASHBOARD.panels.filter(({ type }) => type !== 'row')]
  expect(sources.filter(({ datasource }) => datasource?.uid !== `\${datasource}`)).toEqual([])
  const fields = DASHBOARD.panels.flatMap(({ gridPos: { h, w, x, y } }) =>
    Array.from({ length: w * h }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
  )
  expect(new Set(fields).size).toBe(fields.length)
  expect(new Set(DASHBOARD.panels.map(({ id }) => id)).size).toBe(DASHBOARD.panels.length)
})

/** Names and labels of the table in the documentation. */
function metricsInDocs(): [string, string[]][] {
  return [...read('docs/operating.md').matchAll(/^\| `(switchyard_\w+)(?:\{([\w,]+)\})?` \|/gm)].map(
    ([, name = '', labels = '']) => [name, labels === '' ? [] : labels.split(',')],
  )
}

test('the documentation lists every metric, in the order in which they are told', () => {
  expect(metricsInDocs().map(([name]) => name)).toEqual(NAMES)
})
