import type { IncomingHttpHeaders } from 'node:http'
import type { KeySnapshot, Snapshot } from '../snapshot/snapshot.ts'
import type { Gate, Presented } from './gate.ts'

const READABLE =
  'x-request-id, x-generation-id, x-switchyard-max-tokens, x-switchyard-affordable-tokens, retry-after, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, x-openrouter-cache-status, x-openrouter-cache-age, x-openrouter-cache-ttl, x-openrouter-cache-source-id'
/** Those that applications send along; a wildcard alone would leave `authorization` out. */
export const PAGE_HEADERS =
  'authorization, content-type, http-referer, x-title, x-openrouter-title, x-openrouter-categories, *'
export const PREFLIGHT_SECONDS = 7_200

/** What lets a page of this origin read an answer to a key of the workspace; undefined where the workspace doesn't name it. No
 *  cookie ever goes with such a call. */
export function pageHeaders(
  origin: string,
  workspaceId: string | null,
  snapshot: Snapshot,
): Record<string, string> | undefined {
  const workspace = workspaceId === null ? undefined : snapshot.findWorkspace(workspaceId)
  if (workspace?.allowedOrigins?.has(origin) !== true) return undefined
  return { 'access-control-allow-origin': origin, 'access-control-expose-headers': READABLE, vary: 'origin' }
}

/** As `pageHeaders`, and notes that a key was used from a page that may not have it: whoever opens that page reads it. */
export function readOrigin(
  headers: IncomingHttpHeaders,
  key: KeySnapshot | undefined,
  presented: Presented,
  { publicUrl, security, snapshot }: Gate,
): Record<string, string> | undefined {
  const { origin } = headers
  if (origin === undefined || key === undefined) return undefined
  const allowed = pageHeaders(origin, key.workspaceId, snapshot)
  if (allowed === undefined && origin !== new URL(publicUrl).origin) {
    security.note('foreign_origin', key, { ...presented, origin })
  }
  return allowed
}

/**
 * The answer to what a browser asks before a page of another origin sends a key: the key isn't in it, so it is whether any
 * workspace names the origin. Undefined for what is no such question, and where the answer is no.
 */
export function preflightHeaders(headers: IncomingHttpHeaders, snapshot: Snapshot): Record<string, string> | undefined {
  const { origin } = headers
  const method = headers['access-control-request-method']
  if (origin === undefined || method === undefined || !snapshot.isOriginNamed(origin)) return undefined
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, POST, PATCH, PUT, DELETE',
    'access-control-allow-headers': PAGE_HEADERS,
    'access-control-max-age': String(PREFLIGHT_SECONDS),
    vary: 'origin',
  }
}
