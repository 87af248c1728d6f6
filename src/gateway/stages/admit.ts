import type { ChatRequest } from '../../dialects/chat-request.ts'
import { abilitiesAt, chargesPredictions } from '../../dialects/dialects.ts'
import { AppError } from '../../domain/app-error.ts'
import type { Endpoint } from '../../domain/catalogue.ts'
import { type HoldRequest, type HoldSize, sizeHold, smallestHold } from '../../domain/hold-size.ts'
import type { NanoUsd } from '../../domain/money.ts'
import { usualOf } from '../../domain/routing/service-tiers.ts'
import type { SpendKind } from '../../domain/spend-scopes.ts'
import { type Chain, roomAtMost, roomOf } from '../lease/chain.ts'
import type { HeldPieces, Hold } from '../lease/hold.ts'
import type { AskResult, LeaseBook } from '../lease/lease-book.ts'
import { spendRefusal } from './spend-refusal.ts'

/** Before a request is capped or refused the database is asked; for more than it had said it has, at most so often. */
const ASKS_MAX = 4
/** While it waits for money that others hold, it asks again after this long. */
const ASK_AGAIN_MS = 100
/** After the wait it is asked at least so often, because the first answer may be to an ask from before; and at most so often,
 *  while it says that there is enough and others are faster. */
const LAST_ASKS_MIN = 2
const LAST_ASKS_MAX = 64
const RETRY_SECONDS = 5

export interface Admission {
  hold: Hold
  chain: Chain
  /** The output bound to send upstream instead of the caller's, or null. */
  cappedTokens: number | null
}

/** Takes a hold for attempts of one kind, `fetchedTokens` for documents that have come since included. Throws the refusal of a
 *  limit, or rejects with it. */
export type AdmitFor = (
  endpoints: readonly Endpoint[],
  kind: SpendKind,
  fetchedTokens?: number,
) => Admission | Promise<Admission>
/** The same for attempts that come after others. */
export type AdmitAgain = (...args: Parameters<AdmitFor>) => Promise<Admission>

export interface AdmitOptions {
  leases: LeaseBook
  /** As it is when asked: limits may change while a request waits. */
  chain: () => Chain
  waitMs: number
  publicUrl: string
}

/**
 * Takes the hold for a request on each counter of its chain: at once, where this replica has leased enough; else it asks the
 * database, and near a limit takes what can be had. Throws the refusal of the first limit that it doesn't fit under. Money that
 * other requests hold may come back when they settle, so a request that could fit then waits for that, at most `waitMs`.
 */
export function admit(
  request: ChatRequest,
  endpoints: readonly Endpoint[],
  options: AdmitOptions,
): Admission | Promise<Admission> {
  const applicant = new Applicant(request, endpoints, options)
  return applicant.takeAtOnce() ?? applicant.wait()
}

/** For what costs nothing whatever comes. */
export function admitFree(chain: Chain): Admission {
  return { hold: { amount: 0n, pieces: [] }, chain, cappedTokens: null }
}

class Applicant {
  readonly #options: AdmitOptions
  readonly #size: Omit<HoldRequest, 'room' | 'isContended'>
  #asks = 0
  #isAsking = false
  #isLast = false
  #lastAsks = 0
  #stopWaiting: (() => void) | undefined
  #settle: { resolve: (admission: Admission) => void; reject: (error: unknown) => void } | undefined

  constructor(request: ChatRequest, endpoints: readonly Endpoint[], options: AdmitOptions) {
    this.#options = options
    const bounds = endpoints.flatMap(({ maxCompletionTokens }) =>
      maxCompletionTokens === null ? [] : [maxCompletionTokens],
    )
    this.#size = {
      prices: endpoints.map((endpoint) => usualOf(endpoint).prices),
      inputTokens: request.inputTokens + documentTokens(request, endpoints),
      images: request.images,
      ...(request.searchUnits !== undefined && { searchUnits: request.searchUnits }),
      choices: request.choices,
      ...(endpoints.some(chargesPredictions) && { predictedTokens: request.predictedTokens ?? 0 }),
      requestedTokens: request.requestedTokens,
      modelTokensMax: bounds.length > 0 ? Math.min(...bounds) : null,
    }
  }

  /** Far from every limit: what the request may cost at most, from what is leased already. */
  takeAtOnce(): Admission | undefined {
    const chain = this.#options.chain()
    const { counters } = chain
    if (counters.length === 0)
      return this.#admission(chain, sizeHold({ ...this.#size, room: null, isContended: false }), [])
    const { leases } = this.#options
    const room = leases.reach(counters)
    if (room === null) return undefined
    const size = sizeHold({ ...this.#size, room, isContended: leases.isContended(counters) })
    // What was last heard of the limits may be too little by now.
    if (!size.fits || size.isLess) return undefined
    return this.#take(chain, size)
  }

  wait(): Promise<Admission> {
    return new Promise<Admission>((resolve, reject) => {
      this.#settle = { resolve, reject }
      this.#run(() => this.#ask())
    })
  }

  /** What it was to be counted in may be gone by now: each step may throw. */
  #run(step: () => void): void {
    if (this.#settle === undefined) return
    try {
      step()
    } catch (error) {
      this.#end()?.reject(error)
    }
  }

  #end() {
    const settle = this.#settle
    this.#settle = undefined
    this.#stopWaiting?.()
    return settle
  }

  /** For the whole of it, if need be for its smallest form. */
  #ask(amount?: NanoUsd): void {
    const { counters } = this.#options.chain()
    const hold = amount ?? this.#wholeHold()
    const min = amount ?? smallestHold(this.#size)
    this.#asks += 1
    this.#isAsking = true
    // Looks at what there is in the same turn, before it is wanted back.
    const onAnswer = (result: AskResult) => this.#run(() => this.#onAnswer(result))
    if (this.#options.leases.ask(counters, { min, hold, isRefresh: amount === undefined }, onAnswer)) return
    this.#isAsking = false
    this.#onNobodyToAsk()
  }

  #wholeHold(): NanoUsd {
    const size = sizeHold({ ...this.#size, room: null, isContended: false })
    return size.fits ? size.amount : 0n
  }

  #onAnswer(result: AskResult): void {
    this.#isAsking = false
    if (result === 'lost') throw unreachable()
    this.#tryAgain()
  }

  /** There is enough here for the smallest form, or the database was not heard of for too long. */
  #onNobodyToAsk(): void {
    if (!this.#options.leases.isFresh) throw unreachable()
    this.#tryAgain()
  }

  #tryAgain(): void {
    const chain = this.#options.chain()
    const { leases } = this.#options
    const { counters } = chain
    if (counters.length === 0) {
      const admission = this.takeAtOnce()
      if (admission) this.#end()?.resolve(admission)
      return
    }
    const isContended = leases.isContended(counters)
    const size = sizeHold({ ...this.#size, room: leases.reach(counters) ?? 0n, isContended })
    const taken = size.fits ? this.#take(chain, size) : undefined
    if (taken) this.#end()?.resolve(taken)
    else if (size.fits && this.#asks < ASKS_MAX) this.#ask(size.amount)
    else this.#takeWhatIsHere(chain, isContended)
  }

  /** Less than there might be, because others are faster. */
  #takeWhatIsHere(chain: Chain, isContended: boolean): void {
    const { leases } = this.#options
    const size = sizeHold({ ...this.#size, room: leases.room(chain.counters), isContended })
    const taken = size.fits ? this.#take(chain, size) : undefined
    if (taken) this.#end()?.resolve(taken)
    else this.#waitOrRefuse(chain, smallestHold(this.#size))
  }

  #waitOrRefuse(chain: Chain, needed: NanoUsd): void {
    if (this.#isLast && this.#mustAskOnceMore(chain, needed)) {
      this.#lastAsks += 1
      this.#ask(needed)
      return
    }
    if (this.#isLast || !this.#mayFitLater(chain, needed)) throw this.#refusal(chain, needed)
    if (this.#stopWaiting !== undefined) return
    const { leases, waitMs } = this.#options
    const stop = leases.onFreed(() => this.#run(() => this.#onFreed()))
    const again = setInterval(() => this.#run(() => this.#askAgain()), ASK_AGAIN_MS)
    const last = setTimeout(() => {
      this.#isLast = true
      this.#run(() => this.#askAgain())
    }, waitMs)
    this.#stopWaiting = () => {
      stop()
      clearInterval(again)
      clearTimeout(last)
    }
  }

  #mustAskOnceMore({ counters }: Chain, needed: NanoUsd): boolean {
    if (this.#lastAsks < LAST_ASKS_MIN) return true
    const reach = this.#options.leases.reach(counters)
    return this.#lastAsks < LAST_ASKS_MAX && reach !== null && reach >= needed
  }

  /** Something ended here: costs little for each of many who wait, while it isn't enough. */
  #onFreed(): void {
    if (this.#isAsking) return
    if (this.#options.leases.room(this.#options.chain().counters) >= smallestHold(this.#size)) this.#tryAgain()
  }

  #askAgain(): void {
    if (this.#isAsking) return
    this.#asks = 0
    this.#ask()
  }

  /** Whether it would fit if everything that is held now, here or elsewhere, came back. */
  #mayFitLater({ limits }: Chain, needed: NanoUsd): boolean {
    return limits.every((limit) => {
      const standing = this.#options.leases.standing(limit.purse)
      return standing === undefined || roomAtMost(limit, standing) >= needed
    })
  }

  #refusal({ limits }: Chain, needed: NanoUsd): Error {
    const { leases, publicUrl } = this.#options
    const standings = limits.flatMap((limit) => {
      const standing = leases.standing(limit.purse)
      return standing === undefined ? [] : [{ limit, standing, room: roomOf(limit, standing) }]
    })
    const room = standings.reduce<NanoUsd>((least, each) => (each.room < least ? each.room : least), needed)
    const size = sizeHold({ ...this.#size, room: room < 0n ? 0n : room, isContended: true })
    const affordableTokens = size.fits ? 0 : size.affordableTokens
    return spendRefusal(standings, { needed, affordableTokens }, publicUrl)
  }

  #take(chain: Chain, size: Extract<HoldSize, { fits: true }>): Admission | undefined {
    const pieces = this.#options.leases.take(chain.counters, size.amount)
    return pieces && this.#admission(chain, size, pieces)
  }

  #admission(chain: Chain, size: HoldSize, pieces: HeldPieces): Admission {
    if (!size.fits) throw new Error('without a limit everything fits')
    return { hold: { amount: size.amount, pieces }, chain, cappedTokens: size.cappedTokens }
  }
}

/** No model counts more than it takes, which it may where its provider fetches a file that is never seen here. */
function documentTokens(
  { documentTokens: tokens = 0, hasLinkedFiles }: ChatRequest,
  endpoints: readonly Endpoint[],
): number {
  const isUnseen = (endpoint: Endpoint) => hasLinkedFiles === true && abilitiesAt(endpoint).files !== 'base64'
  return endpoints.reduce((most, endpoint) => {
    const { contextLength } = endpoint
    return Math.max(most, isUnseen(endpoint) ? contextLength : Math.min(tokens, contextLength))
  }, 0)
}

function unreachable(): AppError {
  return new AppError(
    'unavailable',
    'The budgets are not reachable; try again later',
    {},
    { retryAfterSeconds: RETRY_SECONDS },
  )
}
