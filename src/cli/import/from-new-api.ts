import { z } from 'zod'
import {
  DEFAULT_SLUG,
  field,
  type Imported,
  type ImportedWorkspace,
  instantOf,
  listIn,
  slugOf,
  uniqueNames,
} from './imported.ts'

/*
 * Tokens of new-api (and of one-api, which it comes from) become keys, and the groups that they are in workspaces. Format: what
 * GET /api/token answers, or the rows of the table `tokens` as JSON.
 */

/** What new-api counts a dollar as. */
const QUOTA_PER_USD = 500_000
const STATUS = { enabled: 1, disabled: 2, expired: 3, exhausted: 4 } as const
const DEFAULT_GROUPS = new Set(['', 'default', 'auto'])

const Token = z.looseObject({
  name: z.string(),
  status: z.number().default(STATUS.enabled),
  expired_time: z.number().default(-1),
  remain_quota: z.number().default(0),
  unlimited_quota: z.boolean().default(false),
  model_limits_enabled: z.boolean().default(false),
  model_limits: z.string().nullish(),
  allow_ips: z.string().nullish(),
  group: z.string().nullish(),
})
type Token = z.output<typeof Token>
const Tokens = z.array(Token)

/** Throws ZodError when the export isn't of its form. */
export function fromNewApi(given: unknown, now: number): Imported {
  const notes = [
    'credentials and models of channels are not in an export of tokens: see docs/providers.md for the file of providers',
  ]
  const workspaces = new Map<string, ImportedWorkspace>()
  const uniqueIn = new Map<string, (wanted: string) => string>()
  for (const token of Tokens.parse(listIn(given, ['data', 'items']))) {
    const group = token.group ?? ''
    const slug = DEFAULT_GROUPS.has(group) ? DEFAULT_SLUG : slugOf(group)
    const workspace = workspaces.get(slug) ?? { slug, ...(slug !== DEFAULT_SLUG && { name: group }), keys: [] }
    workspaces.set(slug, workspace)
    const unique = uniqueIn.get(slug) ?? uniqueNames()
    uniqueIn.set(slug, unique)
    const name = unique(token.name || 'token')
    const key = keyOf(token, name, now)
    if (key) workspace.keys?.push(key)
    else notes.push(`${slug}/${name}: has expired and is left out`)
  }
  return { workspaces: [...workspaces.values()], notes }
}

function keyOf(token: Token, name: string, now: number) {
  const expires_at = token.expired_time > 0 ? instantOf(token.expired_time) : undefined
  if (token.status === STATUS.expired || (expires_at !== undefined && Date.parse(expires_at) <= now)) return undefined
  const models = token.model_limits_enabled ? namesIn(token.model_limits) : []
  const ips = namesIn(token.allow_ips)
  return {
    name,
    ...field('limit', token.unlimited_quota ? null : Math.max(0, token.remain_quota) / QUOTA_PER_USD),
    ...field(
      'allowed_models',
      models.length > 0 ? models.map((model) => (model.includes('/') ? model : `*/${model}`)) : null,
    ),
    ...field('allowed_ips', ips.length > 0 ? ips : null),
    ...field('expires_at', expires_at),
    ...(token.status !== STATUS.enabled && token.status !== STATUS.exhausted && { disabled: true }),
  }
}

function namesIn(text: string | null | undefined): string[] {
  return (text ?? '')
    .split(/[\n,]/)
    .map((name) => name.trim())
    .filter((name) => name !== '')
}
