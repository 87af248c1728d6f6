import type { Actor } from '../../domain/actor.ts'
import { AppError } from '../../domain/app-error.ts'
import { rateLimitOf } from '../../domain/rate-limits.ts'
import type { Clock } from '../../platform/clock.ts'
import type { KeySnapshot, Snapshot } from '../snapshot/snapshot.ts'
import type { ConcurrencyLimiter } from './in-flight.ts'
import type { RateBucket, RateLimiter } from './rate-limiter.ts'

export interface RateParts {
  clock: Clock
  snapshot: Snapshot
  rates: RateLimiter
}

/**
 * Takes one request of what the key may send in a minute. Throws `rate_limited`, or rejects with it; undefined when the answer
 * is there at once, which it is for keys without a limit. Team keys of a member in a workspace count together.
 */
export function requireRate(key: KeySnapshot, parts: RateParts): Promise<void> | undefined {
  const workspace = key.workspaceId === null ? undefined : parts.snapshot.findWorkspace(key.workspaceId)
  const limit = rateLimitOf(key, workspace?.rates ?? null)
  if (limit === 0) return undefined
  return takeRate(bucketOf(key), limit, 'requests per minute', parts)
}

/** The rate of read-only keys, which call no models: that of their calls of the management API. */
export async function requireReaderRate(actor: Actor, parts: RateParts): Promise<void> {
  if (actor.kind !== 'key' || actor.type !== 'read_only') return
  const key = parts.snapshot.findKey(actor.keyHash)
  if (key !== undefined) await requireRate(key, parts)
}

/** Takes one of `limit` requests a minute of `bucket`, of which `what` is told. As `requireRate`. */
export function takeRate(
  bucket: RateBucket,
  limit: number,
  what: string,
  { clock, rates }: RateParts,
): Promise<void> | undefined {
  const waitMs = rates.take(bucket, limit)
  const refuse = (ms: number) => {
    if (ms > 0) throw rateRefusal(`Rate limit exceeded: ${limit} ${what}`, { limit, waitMs: ms, now: clock.now() })
  }
  if (waitMs instanceof Promise) return waitMs.then(refuse)
  if (waitMs > 0) refuse(waitMs)
  return undefined
}

function bucketOf(key: KeySnapshot): RateBucket {
  return key.type === 'team' ? `${key.workspaceId}/${key.creatorUserId}` : key.id
}

/**
 * Counts one more running request of the key, in good time for whoever must wait for the answer; undefined for keys that may run
 * as many as they like. Throws, or rejects with, `rate_limited`. What it returns ends the count.
 */
export function requireConcurrency(
  key: KeySnapshot,
  concurrency: ConcurrencyLimiter,
): (() => void) | Promise<() => void> | undefined {
  const { concurrencyLimit: limit, id } = key
  if (limit === null) return undefined
  const toEnd = (isLetIn: boolean) => {
    if (isLetIn) return () => concurrency.leave(id)
    const message = `Rate limit exceeded: ${limit} requests of this key run already`
    throw new AppError('rate_limited', message, {}, { retryAfterSeconds: 1 })
  }
  const isLetIn = concurrency.enter(id, limit)
  return isLetIn instanceof Promise ? isLetIn.then(toEnd) : toEnd(isLetIn)
}

/** The 429 that says when to come again, as headers and in the body. `X-RateLimit-Reset` is in epoch milliseconds. */
export function rateRefusal(
  message: string,
  { limit, waitMs, now }: { limit: number; waitMs: number; now: number },
): AppError {
  const told = {
    'X-RateLimit-Limit': String(limit),
    'X-RateLimit-Remaining': '0',
    'X-RateLimit-Reset': String(now + waitMs),
  }
  const headers = Object.fromEntries(Object.entries(told).map(([name, value]) => [name.toLowerCase(), value]))
  const retryAfterSeconds = Math.ceil(waitMs / 1_000)
  return new AppError('rate_limited', message, {}, { headers, retryAfterSeconds, metadata: { headers: told } })
}
