import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseYaml } from '../../src/config/yaml-document.ts'
import { TemplateSet } from './go-template.ts'

export const CHART = join(import.meta.dirname, '../../deploy/helm/switchyard')
const RELEASE = 'here'

export type Values = Readonly<Record<string, unknown>>

/** An object of Kubernetes, as far as tests look into it. */
export interface Manifest {
  kind: string
  apiVersion: string
  metadata: { name: string; labels: Readonly<Record<string, string>> }
  spec?: Readonly<Record<string, unknown>>
  automountServiceAccountToken?: boolean
}

export interface Rendered {
  manifests: Manifest[]
  /** Values that a template has looked at, by their paths, such as `image.tag`. */
  used: ReadonlySet<string>
}

export function readValues(): Values {
  return parseYaml(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as Values
}

/** The chart with these values over its own. Throws where a template uses a value that there isn't. */
export function renderChart(over: Values = {}): Rendered {
  const { name, version, appVersion } = parseYaml(readFileSync(join(CHART, 'Chart.yaml'), 'utf8')) as Record<
    string,
    string
  >
  const values = merged(readValues(), over)
  const used = new Set<string>()
  const paths = new Map<object, string>([[values, '']])
  const templates = new TemplateSet((map, key) => {
    if (!(key in map)) throw new Error(`there is no ${paths.get(map) ?? ''}.${key}`)
    const found = map[key]
    const parent = paths.get(map)
    if (parent === undefined) return found
    const path = parent === '' ? key : `${parent}.${key}`
    used.add(path)
    if (typeof found === 'object' && found !== null) paths.set(found, path)
    return found
  })
  const root = {
    Values: values,
    Release: { Name: RELEASE },
    Chart: { Name: name, Version: version, AppVersion: appVersion },
  }
  const directory = join(CHART, 'templates')
  // What others include comes first by its name.
  const files = readdirSync(directory).sort()
  const texts = files.map((file) => templates.render(readFileSync(join(directory, file), 'utf8'), root))
  return { used, manifests: texts.flatMap(parseManifests) }
}

export function parseManifests(text: string): Manifest[] {
  const documents = text.split(/^---$/m).filter((document) => document.replaceAll(/^\s*#.*$/gm, '').trim() !== '')
  return documents.map((document) => parseYaml(document) as Manifest)
}

interface Environment {
  name: string
  value?: string
  valueFrom?: { secretKeyRef: { name: string; key: string; optional?: boolean } }
}
interface Pod {
  metadata: { labels: Record<string, string> }
  spec: Record<string, unknown> & {
    terminationGracePeriodSeconds: number
    containers: (Record<string, unknown> & {
      env: Environment[]
      ports: { name: string; containerPort: number }[]
      volumeMounts: { name: string; mountPath: string }[]
      image: string
    })[]
    volumes: { name: string }[]
  }
}
interface StatefulSpec {
  serviceName: string
  replicas?: number
  selector: { matchLabels: Record<string, string> }
  template: Pod
  volumeClaimTemplates: { metadata: { name: string } }[]
}

export function ofKind(manifests: readonly Manifest[], kind: string): Manifest[] {
  return manifests.filter((manifest) => manifest.kind === kind)
}

/** The pods of each role, with their environment by name. */
export function podsOf(manifests: readonly Manifest[]) {
  return ofKind(manifests, 'StatefulSet').map(({ metadata, spec }) => {
    const set = spec as unknown as StatefulSpec
    const [container = fail(metadata.name)] = set.template.spec.containers
    const env = Object.fromEntries(container.env.map((one) => [one.name, one]))
    return { name: metadata.name, set, pod: set.template, container, env }
  })
}

function fail(name: string): never {
  throw new Error(`${name} has no container`)
}

interface IngressPath {
  path: string
  pathType: string
  backend: { service: { name: string } }
}

/** Where requests go by their paths; the first that fits holds. */
export function ingressPaths(manifests: readonly Manifest[]): IngressPath[] {
  const rules = ofKind(manifests, 'Ingress').flatMap(
    ({ spec = {} }) => spec['rules'] as { http: { paths: IngressPath[] } }[],
  )
  return rules.flatMap(({ http }) => http.paths)
}

function merged(values: Values, over: Values): Values {
  const entries = Object.entries(over).map(([key, value]) => {
    const own = values[key]
    const isNested = isMap(own) && isMap(value) && Object.keys(own).length > 0
    return [key, isNested ? merged(own, value) : value]
  })
  return { ...values, ...Object.fromEntries(entries) }
}

function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
