import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../domain/app-error.ts'
import type { Observe } from '../../observe/observation.ts'
import type { Clock } from '../../platform/clock.ts'
import type { IdempotencyClaim, IdempotencyStore, IdempotentRequest } from '../ports.ts'
import { type Ending, OwnRun } from './own-run.ts'

const RENEW_MS = 5_000
const ASK_AGAIN_MS = 200
const RETRY_SECONDS = 5

export interface IdempotencyParts {
  store: IdempotencyStore
  clock: Clock
  observe: Observe
  /** For how long a request may run, and so another one wait for it. */
  waitMs: number
}

/**
 * Lets each request with an `Idempotency-Key` have its effect once. In this process repetitions wait for the one that runs;
 * over all replicas a row in the database, made before the hold, tells who runs it. What it was answered with is kept after
 * the answer is out: until then, and if that fails, the row says only that it ran.
 */
export class Idempotency {
  readonly #parts: IdempotencyParts
  readonly #runs = new Map<string, { run: OwnRun; isMine: boolean }>()
  readonly #writing = new Set<Promise<void>>()
  readonly #renewing: NodeJS.Timeout

  constructor(parts: IdempotencyParts) {
    this.#parts = parts
    this.#renewing = setInterval(() => void this.#renew(), RENEW_MS).unref()
  }

  /** How the request ended before, or the run that is to be ended now. 409 if it was sent with another body, 503 when that
   *  can't be told. */
  async begin(request: IdempotentRequest): Promise<OwnRun | Ending> {
    for (;;) {
      const known = this.#runs.get(request.id)
      if (known === undefined) break
      if (known.run.request.bodyHash === request.bodyHash) return await known.run.ending
      if (known.isMine) throw otherBody()
      // Whose body was first isn't known before it is the owner, or has given up.
      await sleep(ASK_AGAIN_MS)
    }
    const run = new OwnRun(request, (...ended) => this.#onEnd(...ended))
    const entry = { run, isMine: false }
    this.#runs.set(request.id, entry)
    try {
      const ending = await this.#claim(request)
      entry.isMine = ending === undefined
      if (ending === undefined) return run
      run.endAs(ending)
      return ending
    } catch (error) {
      run.endAs({ kind: 'failed', error })
      throw error
    } finally {
      if (!entry.isMine) this.#runs.delete(request.id)
    }
  }

  /** Resolves when what was answered is stored. */
  async stop(): Promise<void> {
    clearInterval(this.#renewing)
    await Promise.all(this.#writing)
  }

  /** Undefined: it is this process's to run. */
  async #claim(request: IdempotentRequest): Promise<Ending | undefined> {
    const { clock, waitMs } = this.#parts
    const until = clock.monotonic() + waitMs
    while (clock.monotonic() < until) {
      const claim = await this.#ask(request)
      if (claim.kind === 'mine') return undefined
      if (claim.kind === 'other_body') throw otherBody()
      if (claim.kind === 'kept') return { ...claim, kind: 'answered' }
      if (claim.kind === 'not_kept') return claim
      await sleep(ASK_AGAIN_MS)
    }
    throw unavailable('The same request still runs in another process')
  }

  async #ask(request: IdempotentRequest): Promise<IdempotencyClaim> {
    try {
      return await this.#parts.store.claim(request)
    } catch (cause) {
      throw unavailable('What was sent with this Idempotency-Key cannot be looked up', cause)
    }
  }

  async #onEnd(run: OwnRun, ending: Ending, isWithoutEffect: boolean): Promise<void> {
    const writing = this.#write(run, ending, isWithoutEffect)
    this.#writing.add(writing)
    await writing
    this.#writing.delete(writing)
  }

  async #write({ request, models }: OwnRun, ending: Ending, isWithoutEffect: boolean): Promise<void> {
    const { store, observe } = this.#parts
    try {
      if (isWithoutEffect) await store.release(request)
      else if (ending.kind === 'answered') await store.keep(request, ending.answer, models)
      else await store.noteUnkept(request)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      observe({ type: 'idempotency_not_stored', generationId: request.generationId, message })
    } finally {
      // Not sooner: in between it would seem to run elsewhere.
      this.#runs.delete(request.id)
    }
  }

  async #renew(): Promise<void> {
    const mine = [...this.#runs.values()].filter(({ isMine }) => isMine).map(({ run }) => run.request)
    if (mine.length === 0) return
    await this.#parts.store.renew(mine).catch(() => {})
  }
}

function otherBody(): AppError {
  return new AppError('idempotency_mismatch', 'This Idempotency-Key was used with another body')
}

function unavailable(message: string, cause?: unknown): AppError {
  return new AppError('unavailable', message, {}, { cause, retryAfterSeconds: RETRY_SECONDS })
}
