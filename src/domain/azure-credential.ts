import { fieldAt, textAt } from './loose-fields.ts'

/*
 * A customer's credential for OpenAI's models on Azure is a list of deployments, each with its address and key, because that is how
 * they are bought there. Source: OpenRouter docs, BYOK.
 */

export interface AzureDeployment {
  /** Of the catalogue. */
  modelId: string
  /** Of the provider, without a trailing slash. */
  baseUrl: string
  /** As the provider calls it. */
  upstreamId: string
  apiVersion: string | null
  apiKey: string
}

const DEPLOYMENTS_MAX = 100
/** Below it is what a deployment answers. */
const IN_PATH = /^(.*\/openai)\/deployments\/([^/]+)(?:\/.*)?$/
const OPERATION = /\/(?:chat\/completions|completions|embeddings|responses)$/
const VERSION = /^[\w.-]{1,50}$/
const KEY = /^[\x21-\x7e]{1,4096}$/

/** Null for a secret that isn't such a list: then it is one key for all. */
export function readAzureDeployments(secret: string): readonly AzureDeployment[] | null {
  const entries = secret.trimStart().startsWith('[') ? parseList(secret) : null
  const read = entries?.map(readDeployment)
  return read === undefined || read.includes(null) ? null : (read as AzureDeployment[])
}

/** What is wrong with a secret that begins as a list; undefined where nothing is, and for one that doesn't. */
export function azureCredentialProblem(secret: string): string | undefined {
  if (!secret.trimStart().startsWith('[')) return undefined
  const entries = parseList(secret)
  if (entries === null) return `must be a JSON array of 1 to ${DEPLOYMENTS_MAX} deployments`
  const at = entries.findIndex((entry) => readDeployment(entry) === null)
  return at < 0 ? undefined : `deployment ${at}: must have model_slug, an http(s) endpoint_url, api_key and model_id`
}

function parseList(secret: string): unknown[] | null {
  try {
    const list: unknown = JSON.parse(secret)
    return Array.isArray(list) && list.length > 0 && list.length <= DEPLOYMENTS_MAX ? list : null
  } catch {
    return null
  }
}

function readDeployment(entry: unknown): AzureDeployment | null {
  const modelId = textAt(entry, 'model_slug')
  const apiKey = textAt(entry, 'api_key')
  const url = readUrl(fieldAt(entry, 'endpoint_url'))
  if (!modelId || apiKey === undefined || !KEY.test(apiKey) || url === null) return null
  const [, base, deployment] = IN_PATH.exec(url.pathname) ?? []
  const upstreamId = deployment === undefined ? textAt(entry, 'model_id') : decodeURIComponent(deployment)
  const version = url.searchParams.get('api-version')
  if (!upstreamId || (version !== null && !VERSION.test(version))) return null
  const path = base ?? url.pathname.replace(/\/+$/, '').replace(OPERATION, '')
  return { modelId, apiKey, upstreamId, apiVersion: version, baseUrl: `${url.origin}${path}` }
}

/** Null also where the name of a deployment can't be read. */
function readUrl(value: unknown): URL | null {
  if (typeof value !== 'string' || value.length > 2_000) return null
  try {
    const url = new URL(value)
    decodeURIComponent(url.pathname)
    const isPlain = url.username === '' && url.password === '' && url.hash === ''
    return isPlain && /^https?:$/.test(url.protocol) ? url : null
  } catch {
    return null
  }
}
