import { formatUsd, type NanoUsd, roughUsd, toUsd } from '../money.ts'
import type { Interval } from '../windows.ts'
import type { AlertHit, AlertSubject } from './alert-hit.ts'

/** What something has spent of its limit, in the window that runs. */
export interface LimitUse {
  subject: AlertSubject
  /** Of whom and what it is said: `Workspace "Team"`. */
  who: string
  /** `daily budget`, `limit`. */
  what: string
  interval: Interval
  /** Its first day, `YYYY-MM-DD`. */
  windowStart: string
  spent: NanoUsd
  limit: NanoUsd
  /** The guardrail that sets the limit, where one does. */
  limitedBy?: string
}

/** What is left of a pool of credits. */
export interface PoolUse {
  subject: AlertSubject
  who: string
  /** All that was put in, less what was taken out otherwise than by charges. */
  credits: NanoUsd
  spent: NanoUsd
}

/** What a lost process had leased of an organization and nobody can say whether it was spent. */
export interface LostMoney {
  subject: AlertSubject
  replica: string
  /** Which of the processes that had the place one after the other. */
  generation: number
  leases: number
  /** In pools of credits, and in other limits, where the same money counts again. */
  inPools: NanoUsd
  inLimits: NanoUsd
}

/** A low balance is told again only after the pool has held so many percent more. */
const HYSTERESIS_PERCENT = 10n

/** A limit of which less than one part in so many is left is used up: that is too little for a request. */
const REST_PARTS = 1_000n

/** The highest of the thresholds, in percent, that is reached. Undefined when none is, and where nothing may be spent at all. */
export function reachedThreshold(
  thresholds: readonly number[],
  { limit, spent }: { limit: NanoUsd; spent: NanoUsd },
): number | undefined {
  if (limit <= 0n) return undefined
  const counted = (limit - spent) * REST_PARTS < limit && spent < limit ? limit : spent
  const reached = thresholds.filter((threshold) => counted * 100n >= limit * BigInt(threshold))
  return reached.length === 0 ? undefined : Math.max(...reached)
}

/** Another limit is another occurrence, so that who raises one is warned anew. */
export function judgeLimit(thresholds: readonly number[], use: LimitUse): AlertHit | undefined {
  const threshold = reachedThreshold(thresholds, use)
  if (threshold === undefined) return undefined
  const { interval, limit, limitedBy = '', spent, subject, what, who, windowStart } = use
  return {
    subject,
    occurrence: `${interval} ${windowStart} ${limit} ${threshold} ${limitedBy}`.trimEnd(),
    message: `${who} has spent ${roughUsd(spent)} of its ${what} of ${formatUsd(limit)} (${percent(spent, limit)} %).`,
    details: {
      threshold_percent: threshold,
      interval,
      window_start: windowStart,
      spent_usd: toUsd(spent),
      limit_usd: toUsd(limit),
    },
  }
}

/** Each time credits are put in or taken out it is a new occurrence. */
export function judgePool(thresholds: readonly number[], use: PoolUse): AlertHit | undefined {
  const { credits, spent, subject, who } = use
  const threshold = reachedThreshold(thresholds, { limit: credits, spent })
  if (threshold === undefined) return undefined
  return {
    subject,
    occurrence: `${credits} ${threshold}`,
    message: `${who} has used ${roughUsd(spent)} of its ${formatUsd(credits)} of credits (${percent(spent, credits)} %).`,
    details: { threshold_percent: threshold, spent_usd: toUsd(spent), credits_usd: toUsd(credits) },
  }
}

/** One occurrence as long as it is unresolved. A pool that nothing was ever put into is none that runs low. */
export function judgeBalance(below: NanoUsd, { credits, spent, subject, who }: PoolUse): AlertHit | undefined {
  const balance = credits - spent
  if (balance >= below || (credits <= 0n && spent === 0n)) return undefined
  return {
    subject,
    occurrence: `below ${below}`,
    message: `${who} has ${roughUsd(balance)} of credits left, less than ${formatUsd(below)}.`,
    details: { balance_usd: toUsd(balance), below_usd: toUsd(below) },
  }
}

/** Whether a pool that was below `below` holds enough again. */
export function isBalanceRestored(below: NanoUsd, { credits, spent }: Pick<PoolUse, 'credits' | 'spent'>): boolean {
  return (credits - spent) * 100n >= below * (100n + HYSTERESIS_PERCENT)
}

function percent(part: NanoUsd, whole: NanoUsd): string {
  return String((part * 100n) / whole)
}

/** Once for each process that is lost. */
export function toLostMoney({ generation, inLimits, inPools, leases, replica, subject }: LostMoney): AlertHit {
  return {
    subject,
    occurrence: `${generation} ${replica}`,
    message: `A process was lost and what it had of "${subject.name}" counts as spent until somebody decides: ${formatUsd(inPools)} of credits, ${formatUsd(inLimits)} of limits.`,
    details: { replica, leases, pools_usd: toUsd(inPools), limits_usd: toUsd(inLimits) },
  }
}
