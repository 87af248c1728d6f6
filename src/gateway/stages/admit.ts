import { AppError } from '../../domain/app-error.ts'
import type { Endpoint } from '../../domain/catalogue.ts'
import { type HoldSize, sizeHold } from '../../domain/hold-size.ts'
import { toUsd } from '../../domain/money.ts'
import type { Interval } from '../../domain/windows.ts'
import { type Hold, type LimitedCounter, type Meter, roomUnder } from '../lease/meter.ts'
import type { KeySnapshot } from '../snapshot/snapshot.ts'
import type { ChatRequest } from './parse-chat-request.ts'

export interface Admission {
  hold: Hold
  /** The output bound to send upstream instead of the caller's, or null. */
  cappedTokens: number | null
}

export interface AdmitOptions {
  meter: Meter
  waitMs: number
  publicUrl: string
}

/**
 * Takes the hold for a request on its key's whole chain, or throws 402. Money that other requests hold may come back when
 * they settle, so a request that doesn't fit now waits for that, at most `waitMs`; once nothing is held the refusal is certain.
 */
export async function admit(
  request: ChatRequest,
  endpoints: readonly Endpoint[],
  key: KeySnapshot,
  options: AdmitOptions,
): Promise<Admission> {
  const first = tryHold(request, endpoints, key, options.meter)
  if ('hold' in first) return first
  if (!isMoneyHeld(first.limits)) throw refusal(first.limits, first.size, key, options)
  return await new Promise<Admission>((resolve, reject) => {
    const finish = (act: () => void) => {
      clearTimeout(timer)
      stopWaiting()
      act()
    }
    const again = (isLast: boolean) => {
      const next = tryHold(request, endpoints, key, options.meter)
      if ('hold' in next) finish(() => resolve(next))
      else if (isLast || !isMoneyHeld(next.limits)) finish(() => reject(refusal(next.limits, next.size, key, options)))
    }
    const timer = setTimeout(() => again(true), options.waitMs)
    const stopWaiting = options.meter.onSettled(() => again(false))
  })
}

type Denial = { limits: LimitedCounter[]; size: Extract<HoldSize, { fits: false }> }

function tryHold(
  request: ChatRequest,
  endpoints: readonly Endpoint[],
  key: KeySnapshot,
  meter: Meter,
): Admission | Denial {
  const limits = meter.limitsOf(key)
  const bounds = endpoints.flatMap(({ maxCompletionTokens }) =>
    maxCompletionTokens === null ? [] : [maxCompletionTokens],
  )
  const size = sizeHold({
    prices: endpoints.map(({ prices }) => prices),
    inputTokens: request.inputTokens,
    images: request.images,
    choices: request.choices,
    requestedTokens: request.requestedTokens,
    modelTokensMax: bounds.length > 0 ? Math.min(...bounds) : null,
    room: roomUnder(limits),
  })
  if (!size.fits) return { limits, size }
  return { hold: meter.hold(key, size.amount), cappedTokens: size.cappedTokens }
}

function isMoneyHeld(limits: readonly LimitedCounter[]): boolean {
  return limits.some(({ counter }) => counter.held > 0n)
}

function refusal(
  limits: readonly LimitedCounter[],
  size: Extract<HoldSize, { fits: false }>,
  key: KeySnapshot,
  options: AdmitOptions,
): AppError {
  const tight = limits.find(({ counter, limit }) => limit - counter.settled - counter.held < size.needed)
  const code = tight?.refusal ?? 'insufficient_credits'
  const message =
    code === 'key_limit_exceeded'
      ? `Key limit exceeded (${LIMIT_NAMES[key.limitInterval]} limit). Manage it using ${options.publicUrl}/settings/keys`
      : `Insufficient credits. Add more using ${options.publicUrl}/credits`
  const affordable = size.affordableTokens
  return new AppError(
    code,
    `${message} (this request needs at least $${toUsd(size.needed)}; ${affordable} output tokens are affordable)`,
    { keyId: key.id, needed: size.needed },
    { headers: { 'x-switchyard-affordable-tokens': String(affordable) } },
  )
}

const LIMIT_NAMES: Readonly<Record<Interval, string>> = {
  daily: 'daily',
  weekly: 'weekly',
  monthly: 'monthly',
  lifetime: 'total',
}
