import { readFile } from 'node:fs/promises'
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import type { z } from 'zod'
import type { ModelEntry } from '../contract/common/provider-schema.ts'
import type { CatalogueSource } from '../domain/build-catalogue.ts'
import type { Provider } from '../domain/catalogue.ts'
import { priceWarnings, toEndpointSource } from '../domain/described-model.ts'
import { quirksOfAddress } from '../domain/provider-quirks.ts'
import { awsSecret, missingAwsVariables } from './aws-access.ts'
import { ConfigError } from './config.ts'
import { type ProviderEntry, ProviderFile } from './provider-file-schema.ts'

const FILE_BYTES_MAX = 8_388_608
const PROBLEMS_MAX = 200

type Env = Readonly<Record<string, string | undefined>>
type Path = readonly PropertyKey[]
interface Fault {
  path: Path
  message: string
}

/**
 * The providers and models of the YAML file. Throws ConfigError with every fault at once, each as
 * `<file>:<line>: <key path>: <what is wrong>`. `env` holds the keys that `api_key_env` names. `warnings` are prices that
 * can't be charged exactly as they are written.
 */
export async function readProviderFile(
  path: string,
  env: Env,
): Promise<{ source: CatalogueSource; warnings: string[] }> {
  let text: string
  try {
    const bytes = await readFile(path)
    if (bytes.length > FILE_BYTES_MAX) throw new ConfigError([`${path}: larger than ${FILE_BYTES_MAX} bytes`])
    text = bytes.toString('utf8')
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw new ConfigError([`${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}`])
  }
  return parseProviderFile(text, path, env)
}

/** The same for the text of a file; `fileName` is only what faults call it. */
export function parseProviderFile(
  text: string,
  fileName: string,
  env: Env,
): { source: CatalogueSource; warnings: string[] } {
  // A file that is being written, or was cut off, must not take all providers away.
  if (text.trim() === '') throw new ConfigError([`${fileName}: is empty; for no providers write "providers: []"`])
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map(({ pos, message }) => `${fileName}:${lines.linePos(pos[0]).line}: ${message}`),
    )
  }
  const content = contentOf(document, fileName)
  const parsed = ProviderFile.safeParse(content)
  const faults = parsed.success ? [] : parsed.error.issues.flatMap(toFaults)
  faults.push(...crossFaults(content, env))
  if (!parsed.success || faults.length > 0) throw new ConfigError(describeFaults(faults, { fileName, document, lines }))
  const warnings = parsed.data.providers.flatMap((provider) =>
    provider.models.flatMap((model) => warningsOf(provider, model)),
  )
  return {
    source: {
      providers: parsed.data.providers.map((entry) => toProvider(entry, env)),
      endpoints: parsed.data.providers.flatMap((entry) =>
        entry.models.map((model) => toEndpointSource(entry.slug, model)),
      ),
    },
    warnings,
  }
}

function contentOf(document: Document.Parsed, fileName: string): unknown {
  try {
    return document.contents === null ? { providers: [] } : document.toJS()
  } catch (error) {
    throw new ConfigError([`${fileName}: ${error instanceof Error ? error.message : String(error)}`])
  }
}

function toProvider(entry: ProviderEntry, env: Env): Provider {
  const policy = entry.data_policy
  const quirks = entry.quirks ?? (entry.azure === undefined ? quirksOfAddress(entry.base_url) : 'azure')
  return Object.freeze({
    slug: entry.slug,
    name: entry.name ?? entry.slug,
    dialect: entry.dialect,
    baseUrl: entry.base_url,
    ...(quirks === undefined ? {} : { quirks }),
    ...(entry.azure === undefined ? {} : { azure: { apiVersion: entry.azure.api_version ?? null } }),
    apiKey: apiKeyOf(entry, env),
    ...(entry.byok_only && { isByokOnly: true as const }),
    isFromConfigFile: true,
    visibility: null,
    // Without a word of the administrator the careful answer holds, so that `data_collection: deny` is never a lie.
    dataPolicy: Object.freeze({ training: policy?.training ?? true, retainsPrompts: policy?.retains_prompts ?? true }),
    dataRegion: entry.data_region ?? 'global',
    privacyPolicyUrl: entry.privacy_policy_url ?? null,
    termsOfServiceUrl: entry.terms_of_service_url ?? null,
    statusPageUrl: entry.status_page_url ?? null,
  })
}

function apiKeyOf({ api_key, api_key_env, aws }: ProviderEntry, env: Env): string | null {
  if (aws !== undefined) return awsSecret(aws, env)
  return api_key ?? (api_key_env === undefined ? null : (env[api_key_env] ?? null))
}

function warningsOf({ slug }: ProviderEntry, model: ModelEntry): string[] {
  return priceWarnings(model).map((warning) => `provider ${slug}, model ${model.id}: ${warning}`)
}

/** Unknown keys become one fault each, at the key itself. */
function toFaults(issue: z.core.$ZodIssue): Fault[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }]
  return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'unknown key' }))
}

/** Faults between entries. Looks at the raw content, so that they are told together with faults of form. */
function crossFaults(content: unknown, env: Env): Fault[] {
  const faults: Fault[] = []
  const slugs = new Set<unknown>()
  for (const [at, provider] of itemsOf(content, ['providers'])) {
    const slug = provider['slug']
    if (typeof slug === 'string' && slugs.has(slug))
      faults.push({ path: ['providers', at, 'slug'], message: `duplicate provider ${slug}` })
    slugs.add(slug)
    const name = provider['api_key_env']
    if (typeof name === 'string' && !env[name]) {
      faults.push({ path: ['providers', at, 'api_key_env'], message: `the environment variable ${name} is not set` })
    }
    for (const { key, name: missing } of missingAwsVariables(provider['aws'], env)) {
      const path = ['providers', at, 'aws', key]
      faults.push({ path, message: `the environment variable ${missing} is not set` })
    }
    const ids = new Set<unknown>()
    for (const [index, { id }] of itemsOf(content, ['providers', at, 'models'])) {
      const path = ['providers', at, 'models', index, 'id']
      if (typeof id === 'string' && ids.has(id)) faults.push({ path, message: `duplicate model ${id}` })
      ids.add(id)
    }
  }
  return faults
}

function itemsOf(content: unknown, path: Path): [number, Record<string, unknown>][] {
  const list = valueAt(content, path)
  if (!Array.isArray(list)) return []
  return list.flatMap((item: unknown, at) =>
    typeof item === 'object' && item !== null
      ? [[at, item as Record<string, unknown>] as [number, Record<string, unknown>]]
      : [],
  )
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined),
    value,
  )
}

function describeFaults(
  faults: readonly Fault[],
  file: { fileName: string; document: Document.Parsed; lines: LineCounter },
): string[] {
  const placed = faults.map(({ path, message }) => {
    const offset = offsetOf(file.document, path)
    const { line } = file.lines.linePos(offset)
    return { line, text: `${file.fileName}:${line}: ${pathText(path)}: ${message}` }
  })
  const sorted = placed.sort((a, b) => a.line - b.line).map(({ text }) => text)
  if (sorted.length <= PROBLEMS_MAX) return sorted
  return [...sorted.slice(0, PROBLEMS_MAX), `${file.fileName}: and ${sorted.length - PROBLEMS_MAX} more`]
}

/** Where the key or item that `path` leads to begins, or the nearest part of the path that exists. */
function offsetOf(document: Document.Parsed, path: Path): number {
  let node: Node | null = document.contents
  let offset = startOf(node)
  for (const key of path) {
    const step = stepTo(isAlias(node) ? node.resolve(document) : node, key)
    if (!step) return offset
    node = step.node
    offset = step.offset
  }
  return offset
}

function stepTo(node: Node | null | undefined, key: PropertyKey): { node: Node | null; offset: number } | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(key)]
    return isNode(item) ? { node: item, offset: startOf(item) } : undefined
  }
  if (!isMap(node)) return undefined
  const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key))
  if (!isScalar(pair?.key)) return undefined
  return { node: isNode(pair.value) ? pair.value : null, offset: startOf(pair.key) }
}

function startOf(node: Node | null): number {
  return node?.range?.[0] ?? 0
}

/** `providers[0].models[1].pricing.prompt`. */
function pathText(path: Path): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')
  return text === '' ? '(file)' : text.replace(/^\./, '')
}
