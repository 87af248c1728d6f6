import type { Endpoint } from '../../domain/catalogue.ts'
import { type HoldSize, sizeHold } from '../../domain/hold-size.ts'
import type { NanoUsd } from '../../domain/money.ts'
import { type Chain, isContended, type Limit, roomAtMost, roomUnder } from '../lease/chain.ts'
import type { Hold, Meter } from '../lease/meter.ts'
import type { ChatRequest } from './parse-chat-request.ts'
import { spendRefusal } from './spend-refusal.ts'

export interface Admission {
  hold: Hold
  chain: Chain
  /** The output bound to send upstream instead of the caller's, or null. */
  cappedTokens: number | null
}

export interface AdmitOptions {
  meter: Meter
  /** As it is when asked: limits may change while a request waits. */
  chain: () => Chain
  waitMs: number
  publicUrl: string
}

/**
 * Takes the hold for a request on its whole chain, or throws the refusal of the first limit it doesn't fit under. Money that
 * other requests hold may come back when they settle, so a request that could fit then waits for that, at most `waitMs`.
 */
export async function admit(
  request: ChatRequest,
  endpoints: readonly Endpoint[],
  options: AdmitOptions,
): Promise<Admission> {
  const first = tryHold(request, endpoints, options)
  if ('hold' in first) return first
  if (!mayFitLater(first.limits, first.size.needed, options.meter)) throw refusal(first, options)
  return await new Promise<Admission>((resolve, reject) => {
    const finish = (act: () => void) => {
      clearTimeout(timer)
      stopWaiting()
      act()
    }
    const again = (isLast: boolean) => {
      try {
        if (!isLast && isStillTight(first.size.needed, options)) return
        const next = tryHold(request, endpoints, options)
        if ('hold' in next) finish(() => resolve(next))
        else if (isLast || !mayFitLater(next.limits, next.size.needed, options.meter))
          finish(() => reject(refusal(next, options)))
      } catch (error) {
        // What it was to be counted in may be gone by now.
        finish(() => reject(error))
      }
    }
    const timer = setTimeout(() => again(true), options.waitMs)
    const stopWaiting = options.meter.onSettled(() => again(false))
  })
}

interface Denial {
  limits: readonly Limit[]
  size: Extract<HoldSize, { fits: false }>
}

function tryHold(
  request: ChatRequest,
  endpoints: readonly Endpoint[],
  { meter, chain: chainNow }: AdmitOptions,
): Admission | Denial {
  const chain = chainNow()
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
    room: roomUnder(chain.limits, meter.windows),
    isContended: isContended(chain.limits, meter.windows),
  })
  if (!size.fits) return { limits: chain.limits, size }
  return { hold: meter.hold(chain, size.amount), chain, cappedTokens: size.cappedTokens }
}

/** So that each of many who wait costs little when one of those who run ends. */
function isStillTight(needed: NanoUsd, { chain, meter }: AdmitOptions): boolean {
  const { limits } = chain()
  const room = roomUnder(limits, meter.windows)
  return room !== null && room < needed && mayFitLater(limits, needed, meter)
}

/** Whether it would fit if everything that is held now came back. */
function mayFitLater(limits: readonly Limit[], needed: NanoUsd, { windows }: Meter): boolean {
  return limits.every((limit) => roomAtMost(limit, windows) >= needed)
}

function refusal({ limits, size }: Denial, { meter, publicUrl }: AdmitOptions): Error {
  return spendRefusal(limits, size, { windows: meter.windows, publicUrl })
}
