import { createHash } from 'node:crypto'
import type { Endpoint, Model } from '../../domain/catalogue.ts'
import type { Prices, TokenUsage } from '../../domain/pricing.ts'
import type { SessionBook } from './session-book.ts'

/** What tells a conversation from others of its workspace. */
export interface ConversationName {
  /** `session` and `cache_key` are the caller's own names, `opening` is a hash of how it begins. */
  kind: 'session' | 'cache_key' | 'opening'
  text: string
}

/**
 * A conversation whose requests go where its last one was answered. One that the caller calls a session does so at once, any
 * other when an answer was seen to use the provider's cache, and where reading from that costs less than the input does.
 * Source: OpenRouter docs, prompt caching, provider sticky routing.
 */
export class Conversation {
  readonly #book: SessionBook
  readonly #scope: string
  readonly #name: ConversationName

  constructor(book: SessionBook, workspaceId: string, name: ConversationName) {
    this.#book = book
    this.#scope = scopeOf(workspaceId, name)
    this.#name = name
  }

  /** The id of the endpoint of this model that answered last. */
  endpointOf({ id }: Pick<Model, 'id'>): string | undefined {
    return this.#book.find(`${id} ${this.#scope}`)
  }

  /** Is told of each answer. What failed is not told, so that nobody stays with it. */
  answered({ id, modelId, prices }: Pick<Endpoint, 'id' | 'modelId' | 'prices'>, usage: TokenUsage | undefined): void {
    const isCached = usage !== undefined && usage.cachedTokens + usage.cacheWriteTokens > 0
    if (this.#name.kind === 'session' || (isCached && isCacheCheaper(prices)))
      this.#book.put(`${modelId} ${this.#scope}`, id)
  }
}

function isCacheCheaper({ inputCacheRead, prompt }: Prices): boolean {
  return inputCacheRead !== undefined && inputCacheRead < prompt
}

const NAME_LENGTH_MAX = 256

/** The caller's names for a conversation go before how it begins. `opening`: its messages, or the hash of how they begin. */
export function nameConversation(of: {
  sessionId: string | null
  cacheKey: string | null
  opening: readonly unknown[] | string
}): ConversationName {
  if (of.sessionId) return { kind: 'session', text: of.sessionId.slice(0, NAME_LENGTH_MAX) }
  if (of.cacheKey) return { kind: 'cache_key', text: of.cacheKey.slice(0, NAME_LENGTH_MAX) }
  const text = typeof of.opening === 'string' ? of.opening : hashOpening(of.opening)
  return { kind: 'opening', text }
}

/** What tells a conversation of a workspace from all others by the caller's name for it; undefined where it has none. */
export function scopeOfNamed(
  workspaceId: string,
  { sessionId, cacheKey }: { sessionId: string | null; cacheKey: string | null },
): string | undefined {
  return sessionId || cacheKey
    ? scopeOf(workspaceId, nameConversation({ sessionId, cacheKey, opening: '' }))
    : undefined
}

function scopeOf(workspaceId: string, { kind, text }: ConversationName): string {
  return `${workspaceId} ${kind} ${text}`
}

/** Of messages, how a conversation begins: the same for each request of it. */
export function hashOpening(messages: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify(openingOf(messages)))
    .digest('base64url')
}

/** The first system message and the first one of somebody else. */
function openingOf(messages: readonly unknown[]): unknown[] {
  const system = messages.find(isSystem)
  const first = messages.find((message) => !isSystem(message))
  return [system, first].filter((message) => message !== undefined)
}

function isSystem(message: unknown): boolean {
  const role = typeof message === 'object' && message !== null ? (message as { role?: unknown }).role : undefined
  return role === 'system' || role === 'developer'
}
