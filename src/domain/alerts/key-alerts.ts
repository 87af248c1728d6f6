import { formatUsd, type NanoUsd, roughUsd, toUsd } from '../money.ts'
import type { AlertHit, AlertSubject } from './alert-hit.ts'

const DAY_MS = 86_400_000

/** A key that is going to end. Epoch milliseconds. */
export interface KeyExpiry {
  subject: AlertSubject
  createdAt: number
  expiresAt: number
}

/** What happened around a key on one day, or lately. */
export interface KeyEvents {
  subject: AlertSubject
  /** The UTC day, `YYYY-MM-DD`. */
  day: string
  count: number
  /** One of what it was about: an address, an origin, a model; null where that isn't known. */
  sample: string | null
}

/** What a key has spent on one day, and on those before. */
export interface DaySpend {
  subject: AlertSubject
  /** `YYYY-MM-DD`. */
  day: string
  spent: NanoUsd
  /** In all on the days before. */
  before: NanoUsd
  /** How many those are, from its first request of them on. */
  days: number
}

/** Where a key was called from. Epoch milliseconds. */
export interface KeyPlace {
  subject: AlertSubject
  kind: 'network' | 'country'
  place: string
  /** The address that it was first. */
  ip: string
  firstSeenAt: number
  /** Since when any place of the kind is known of the key. */
  knownSince: number
}

/** A baseline of fewer days says little. */
const BASELINE_DAYS_MIN = 3

/** The shortest of the times, in days, that is left at most. One that is longer than the key's whole life is none. */
export function judgeExpiry(days: readonly number[], expiry: KeyExpiry, now: number): AlertHit | undefined {
  const { createdAt, expiresAt, subject } = expiry
  if (expiresAt <= now) return undefined
  const due = days.filter((count) => expiresAt - now <= count * DAY_MS && expiresAt - createdAt > count * DAY_MS)
  if (due.length === 0) return undefined
  const shortest = Math.min(...due)
  const at = new Date(expiresAt).toISOString()
  return {
    subject,
    occurrence: `${at} ${shortest}`,
    message: `Key "${subject.name}" expires at ${at}, in less than ${shortest === 1 ? 'a day' : `${shortest} days`}.`,
    details: { expires_at: at, days: shortest },
  }
}

/** Once a day. */
export function judgeRejections(least: number, { count, day, sample, subject }: KeyEvents): AlertHit | undefined {
  if (count < least) return undefined
  const from = sample === null ? '' : `, once from ${sample}`
  return {
    subject,
    occurrence: day,
    message: `Key "${subject.name}", which is not good any more, was refused ${times(count)} within an hour${from}.`,
    details: { count, ip: sample },
  }
}

/** Once a day. */
export function toBrowserUse({ count, day, sample, subject }: KeyEvents): AlertHit {
  return {
    subject,
    occurrence: day,
    message: `Key "${subject.name}" was sent by a page of ${sample ?? 'an unknown origin'}, ${times(count)} on ${day}. Whoever opens that page can read it.`,
    details: { count, origin: sample, date: day },
  }
}

/** Once a day. */
export function toUnpricedModel({ count, day, sample, subject }: KeyEvents): AlertHit {
  return {
    subject,
    occurrence: day,
    message: `Key "${subject.name}" asked for a model that has no price here, ${times(count)} on ${day}: ${sample ?? ''}.`,
    details: { count, model: sample, date: day },
  }
}

/** Once a place. What comes within the time of learning is the key's own. */
export function judgePlace(
  rule: { by: KeyPlace['kind']; learning_days: number },
  { firstSeenAt, ip, kind, knownSince, place, subject }: KeyPlace,
): AlertHit | undefined {
  const learnedAt = knownSince + rule.learning_days * DAY_MS
  if (kind !== rule.by || firstSeenAt <= learnedAt) return undefined
  const first = new Date(firstSeenAt).toISOString()
  return {
    subject,
    occurrence: `${kind} ${place}`,
    message: `Key "${subject.name}" was called from a new ${kind}, ${place}, first from ${ip} at ${first}.`,
    details: { [kind]: place, ip, first_seen_at: first },
  }
}

/** Once a day. `factor` is counted to the hundredth. */
export function judgeSpike(
  { factor, least }: { factor: number; least: NanoUsd },
  spend: DaySpend,
): AlertHit | undefined {
  const { before, day, days, spent, subject } = spend
  if (days < BASELINE_DAYS_MIN || spent <= 0n || spent < least) return undefined
  if (spent * BigInt(days) * 100n < before * BigInt(Math.round(factor * 100))) return undefined
  const usual = before / BigInt(days)
  return {
    subject,
    occurrence: day,
    message: `Key "${subject.name}" has spent ${roughUsd(spent)} on ${day}; of the ${days} days before it was ${roughUsd(usual)} a day.`,
    details: { date: day, spent_usd: toUsd(spent), baseline_usd: toUsd(usual), baseline_days: days },
  }
}

/** What was used beyond holds in a workspace on one day. Once a day. */
export function toUncharged(of: {
  subject: AlertSubject
  day: string
  uncharged: NanoUsd
  requests: number
  /** One of them. */
  endpointId: string
}): AlertHit {
  const { day, endpointId, requests, subject, uncharged } = of
  const amount = formatUsd(uncharged)
  return {
    subject,
    occurrence: day,
    message: `Workspace "${subject.name}": providers used ${amount} more than was held for a request, ${times(requests)} on ${day}, which nobody was charged for.`,
    details: { date: day, uncharged_usd: toUsd(uncharged), requests, endpoint: endpointId },
  }
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}
