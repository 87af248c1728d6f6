import type { Endpoint } from '../catalogue.ts'

/** Behind the slash of a tag: another price and another speed of the same endpoint, used only where it is asked for. */
export const TIERS = ['priority', 'flex'] as const
export type Tier = (typeof TIERS)[number]

/** The service tier that an endpoint is, or null for a plain one. */
export function tierOf({ tag }: Pick<Endpoint, 'tag'>): Tier | null {
  return TIERS.find((tier) => tag.endsWith(`/${tier}`)) ?? null
}

/**
 * Whether a name means the endpoint, whatever the case: its full tag that one alone; a provider's slug, the part of it before
 * a slash, or its display name all of the provider's endpoints but for service tiers. Source: OpenRouter docs, provider routing.
 */
export function isNamed(endpoint: Pick<Endpoint, 'tag' | 'provider'>, name: string): boolean {
  const wanted = name.toLowerCase()
  const tag = endpoint.tag.toLowerCase()
  if (wanted === tag) return true
  if (tierOf(endpoint) !== null) return false
  const { slug, name: displayName } = endpoint.provider
  return wanted === slug.toLowerCase() || wanted === displayName.toLowerCase() || wanted === baseOf(tag)
}

/** `google-vertex/us-east5` → `google-vertex`. */
function baseOf(tag: string): string {
  const at = tag.indexOf('/')
  return at < 0 ? tag : tag.slice(0, at)
}
