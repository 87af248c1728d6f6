import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SETTINGS } from '../../src/config/config.ts'
import { API_OPERATIONS, operationOf } from '../../src/contract/operations.ts'
import { PROTOCOLS } from '../../src/dialects/protocols.ts'
import { operationsOf } from '../../src/http/served-operations.ts'
import {
  CHART,
  ingressPaths,
  type Manifest,
  ofKind,
  parseManifests,
  podsOf,
  readValues,
  renderChart,
  type Values,
} from '../harness/helm-chart.ts'

/** Everything that may be there. */
const ALL: Values = {
  image: { tag: '1.2.3', pullSecrets: [{ name: 'registry' }] },
  providersSecret: 'providers',
  providersConfigMap: 'providers',
  settings: { LOG_LEVEL: 'warn', SWITCHYARD_STALE_MAX_SECONDS: 30 },
  gateway: { autoscaling: { enabled: false } },
  control: { autoscaling: { enabled: true } },
  storageClass: 'fast',
  podAnnotations: { team: 'models' },
  nodeSelector: { 'kubernetes.io/arch': 'amd64' },
  tolerations: [{ key: 'models', operator: 'Exists' }],
  ingress: { enabled: true, className: 'nginx', annotations: { 'example.com/a': 'b' }, tlsSecret: 'tls' },
  networkPolicy: { from: [{ namespaceSelector: { matchLabels: { name: 'ingress' } } }] },
  serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
}
const ROLES = ['gateway', 'control'] as const

interface Probe {
  httpGet: { path: string; port: string }
}

const chosenBy = (selector: unknown, labels: Readonly<Record<string, string>>) =>
  Object.entries(selector as Record<string, string>).every(([name, value]) => labels[name] === value)

test('each value is used by a template, and each that a template uses is there', () => {
  const leaves = leavesOf(readValues())
  const used = new Set([...renderChart().used, ...renderChart(ALL).used])
  const isUsed = (leaf: string) => [...used].some((path) => leaf === path || leaf.startsWith(`${path}.`))
  // A map that is written out whole uses what is in it.
  expect(leaves.filter((leaf) => !isUsed(leaf))).toEqual([])
  const whole = leaves.filter((leaf) => !used.has(leaf) && !/\.resources\./.test(leaf))
  expect(whole).toEqual([])
})

test('the schema of values knows those that there are and no others', () => {
  const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as Schema
  expect(namesIn(schema, schema).filter((name) => name !== 'global')).toEqual(
    leavesOf(readValues())
      .map((leaf) => leaf.replace(/\.resources\..*/, '.resources'))
      .filter((leaf, at, all) => all.indexOf(leaf) === at)
      .toSorted(),
  )
  const [{ container } = expect.fail()] = podsOf(renderChart({ ...ALL, settings: {} }).manifests)
  const { not } = schema.properties?.['settings']?.propertyNames ?? expect.fail()
  expect(container.env.map(({ name }) => name).toSorted()).toEqual(not.enum)
})

test('pods have settings that the program knows, their role, secrets by reference alone, and the version of the package', () => {
  const { version } = JSON.parse(readFileSync(join(CHART, '../../../package.json'), 'utf8')) as { version: string }
  for (const manifests of [renderChart().manifests, renderChart(ALL).manifests]) {
    expect(podsOf(manifests).map(({ env }) => env['SWITCHYARD_ROLE']?.value)).toEqual([...ROLES])
    for (const { env, pod } of podsOf(manifests)) {
      expect(Object.keys(env).filter((name) => !(name in SETTINGS.shape))).toEqual([])
      expect(pod.metadata.labels['app.kubernetes.io/component']).toBe(env['SWITCHYARD_ROLE']?.value)
      const plain = Object.values(env).filter(
        ({ value, name }) => value !== undefined && /SECRET|KEY|TOKEN|PASSWORD|_URL$/.test(name),
      )
      expect(plain.map(({ name }) => name)).toEqual(['SWITCHYARD_PUBLIC_URL'])
      const given = Object.values(env).flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]))
      const stored = { DATABASE_URL: 'postgres://a:b@c/d', SWITCHYARD_SECRET: 's'.repeat(40) }
      expect(SETTINGS.safeParse({ ...Object.fromEntries(given), ...stored }).error?.issues).toBeUndefined()
    }
  }
  const [{ container } = expect.fail()] = podsOf(renderChart().manifests)
  expect(container.image).toBe(`switchyard:${version}`)
})

test('pods may write their data and /tmp alone, have no rights and no token of the cluster, and their journal stays', () => {
  const { manifests } = renderChart(ALL)
  expect(ofKind(manifests, 'ServiceAccount')).toEqual([
    expect.objectContaining({ automountServiceAccountToken: false }),
  ])
  for (const { set, pod, container, env } of podsOf(manifests)) {
    expect(pod.spec).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    })
    expect(container).toMatchObject({
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
      resources: {
        requests: { cpu: expect.any(String), memory: expect.any(String) },
        limits: { memory: expect.any(String) },
      },
    })
    const volumes = [
      ...pod.spec.volumes.map(({ name }) => name),
      ...set.volumeClaimTemplates.map(({ metadata }) => metadata.name),
    ]
    expect(container.volumeMounts.map(({ name }) => name).toSorted()).toEqual(volumes.toSorted())
    const data = container.volumeMounts.find(({ mountPath }) => mountPath === env['SWITCHYARD_DATA_DIR']?.value)
    expect(set.volumeClaimTemplates.map(({ metadata }) => metadata.name)).toEqual([data?.name])
    expect(set).toMatchObject({ persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' } })
    // Two seconds for balancers, three for kept connections, and the rest for the end.
    expect(pod.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(
      Number(env['SWITCHYARD_DRAIN_SECONDS']?.value) + 15,
    )
  }
})

test('what chooses pods chooses those of its role, and every port is the one that the program listens on', () => {
  const { manifests } = renderChart({ ...ALL, gateway: { autoscaling: { enabled: true } } })
  const pods = podsOf(manifests)
  const chosen = (selector: unknown) =>
    pods.filter(({ pod }) => chosenBy(selector, pod.metadata.labels)).map(({ env }) => env['SWITCHYARD_ROLE']?.value)
  for (const { set, container, env } of pods) {
    const role = env['SWITCHYARD_ROLE']?.value ?? ''
    expect(chosen(set.selector.matchLabels)).toEqual([role])
    expect(set.serviceName).toBe(`here-${role}`)
    expect(set.replicas).toBeUndefined()
    expect(container.ports).toEqual([{ name: 'http', containerPort: Number(env['PORT']?.value) }])
    const probes = ['startupProbe', 'readinessProbe', 'livenessProbe'].map((name) => container[name] as Probe)
    expect(probes.map(({ httpGet }) => httpGet)).toEqual([
      { path: '/healthz', port: 'http' },
      { path: '/readyz', port: 'http' },
      { path: '/healthz', port: 'http' },
    ])
  }
  const service = ofKind(manifests, 'Service').map(({ metadata, spec }) => [metadata.name, spec])
  expect(service.map(([name, spec]) => [name, chosen((spec as { selector: unknown }).selector)])).toEqual(
    ROLES.map((role) => [`here-${role}`, [role]]),
  )
  const budgets = ofKind(manifests, 'PodDisruptionBudget').map(
    ({ spec }) => spec?.['selector'] as { matchLabels: unknown },
  )
  expect(budgets.map(({ matchLabels }) => chosen(matchLabels))).toEqual(ROLES.map((role) => [role]))
  const targets = ofKind(manifests, 'HorizontalPodAutoscaler').map(({ spec }) => spec?.['scaleTargetRef'])
  expect(targets).toEqual(ROLES.map((role) => ({ apiVersion: 'apps/v1', kind: 'StatefulSet', name: `here-${role}` })))
  const labelsIn = (kind: string, field: string) => {
    const [manifest] = ofKind(manifests, kind)
    const spec: Readonly<Record<string, unknown>> = manifest?.spec ?? {}
    return (spec[field] as { matchLabels: unknown }).matchLabels
  }
  expect(chosen(labelsIn('NetworkPolicy', 'podSelector'))).toEqual([...ROLES])
  const watched = labelsIn('ServiceMonitor', 'selector')
  const services = ofKind(manifests, 'Service').filter(({ metadata }) => chosenBy(watched, metadata.labels))
  expect(services.map(({ metadata }) => metadata.name)).toEqual(ROLES.map((role) => `here-${role}`))
})

test('the ingress sends every protocol of models to gateways and nothing else', () => {
  const all = ingressPaths(renderChart(ALL).manifests)
  const toGateways = all.filter(({ backend }) => backend.service.name === 'here-gateway')
  const paths = toGateways.map(({ path }) => path)
  expect(paths.toSorted()).toEqual(
    Object.values(PROTOCOLS)
      .map(({ path }) => `/api/v1${path}`)
      .toSorted(),
  )
  const under = (path: string) => paths.some((prefix) => path === prefix || path.startsWith(`${prefix}/`))
  const servedThere = operationsOf('gateway')
  const notServed = API_OPERATIONS.filter((name) => under(operationOf(name).path) && !servedThere.includes(name))
  expect(notServed).toEqual([])
  expect(all.at(-1)).toMatchObject({ path: '/', backend: { service: { name: 'here-control' } } })
})

/** Where there is one it must agree with what these tests render the chart with. */
const hasHelm = spawnSync('helm', ['version', '--short']).status === 0
test.skipIf(!hasHelm).each([
  ['its own values', {}],
  ['all that may be there', ALL],
])('helm, where it is installed, makes the same of the chart with %s', (_name, values) => {
  const directory = mkdtempSync(join(tmpdir(), 'helm-'))
  try {
    const file = join(directory, 'values.json')
    writeFileSync(file, JSON.stringify(values))
    const output = execFileSync('helm', ['template', 'here', CHART, '--values', file], { encoding: 'utf8' })
    const byName = (manifests: readonly Manifest[]) =>
      manifests.toSorted((one, other) => (one.kind + one.metadata.name < other.kind + other.metadata.name ? -1 : 1))
    expect(byName(parseManifests(output))).toEqual(byName(renderChart(values).manifests))
  } finally {
    rmSync(directory, { recursive: true })
  }
})

/** Paths of values that aren't maps, or are empty ones. */
function leavesOf(values: Values, before = ''): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const isNested =
      typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
    return isNested ? leavesOf(value as Values, `${before}${key}.`) : [`${before}${key}`]
  })
}

interface Schema {
  $ref?: string
  properties?: Readonly<Record<string, Schema>>
  definitions?: Readonly<Record<string, Schema>>
  propertyNames?: { not: { enum: string[] } }
}

function namesIn(schema: Schema, root: Schema, before = ''): string[] {
  const { properties } =
    schema.$ref === undefined ? schema : (root.definitions?.[schema.$ref.replace(/.*\//, '')] ?? {})
  if (properties === undefined) return [before.slice(0, -1)]
  return Object.entries(properties)
    .flatMap(([name, inner]) => namesIn(inner, root, `${before}${name}.`))
    .toSorted()
}
