import type { Endpoint } from '../../domain/catalogue.ts'
import { isFree } from '../../domain/pricing.ts'
import { windowEndMs } from '../../domain/windows.ts'
import type { KeySnapshot } from '../snapshot/snapshot.ts'
import type { DailyQuota } from './daily-quota.ts'
import { type RateParts, rateRefusal, takeRate } from './require-rate.ts'

export interface FreeModelParts extends RateParts {
  freeModels: DailyQuota
}

/**
 * Takes one of the requests to models that cost nothing which an organization may send in a minute and on a UTC day, if it has
 * such limits and the request goes to such an endpoint first, not on the customer's own credential. Throws `rate_limited`, or rejects with it; undefined when the
 * answer is there at once.
 */
export function requireFreeModels(
  { organizationId }: Pick<KeySnapshot, 'organizationId'>,
  [first]: readonly Pick<Endpoint, 'prices' | 'byokKeyId'>[],
  parts: FreeModelParts,
): Promise<void> | undefined {
  const organization = parts.snapshot.findOrganization(organizationId)
  if (organization === undefined) return undefined
  const { freeModelsRpm: perMinute, freeModelsPerDay: perDay } = organization
  if ((perMinute === null && perDay === null) || first === undefined || !isFree(first.prices)) return undefined
  if (first.byokKeyId !== undefined) return undefined
  // What one of them refuses does not count on the day.
  const permit =
    perMinute === null
      ? undefined
      : takeRate(`free/${organizationId}`, perMinute, 'requests per minute to free models', parts)
  if (perDay === null) return permit
  if (permit === undefined) return takeDay(organizationId, perDay, parts)
  return permit.then(() => takeDay(organizationId, perDay, parts))
}

function takeDay(
  organizationId: string,
  limit: number,
  { clock, freeModels }: FreeModelParts,
): Promise<void> | undefined {
  const judge = (isLetIn: boolean) => {
    if (isLetIn) return
    const now = clock.now()
    const waitMs = (windowEndMs('daily', now) ?? now) - now
    throw rateRefusal(`Rate limit exceeded: free-models-per-day (${limit} requests)`, { limit, waitMs, now })
  }
  const isLetIn = freeModels.take(organizationId, limit)
  if (isLetIn instanceof Promise) return isLetIn.then(judge)
  judge(isLetIn)
  return undefined
}
