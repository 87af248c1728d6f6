import {
  type CompiledFilters,
  compileContentFilters,
  type FilterResult,
  type FilterSet,
  type ScannedText,
} from '../../domain/content-filters.ts'
import type { Observe } from '../../observe/observation.ts'
import { type CheckedRequest, checkRequest } from './check-request.ts'
import { FilterPool, type FilterPoolOptions, type NoAnswer } from './filter-pool.ts'

/** Steps of the patterns times characters of the texts: some milliseconds at the worst. */
const COST_HERE_MAX = 262_144
const LENGTH_HERE_MAX = 16_384

/** `timedOut`: nothing is known of the request. */
export type CheckResult = CheckedRequest | { timedOut: NoAnswer }

/**
 * Checks texts with filters, either here, where that is certain to be quick, or in a thread of its own that is given up after
 * its time: what a customer's pattern costs on a text can't be known before. Keep the set as one object for as long as
 * it stays the same: it is made ready once.
 */
export class FilterRunner {
  readonly #pool: FilterPool
  readonly #compiled = new WeakMap<FilterSet, CompiledFilters>()

  constructor(observe: Observe, options: Partial<FilterPoolOptions> = {}) {
    this.#pool = new FilterPool({ onTimedOut: (reason) => observe({ type: 'filters_timed_out', reason }), ...options })
  }

  async run(set: FilterSet, texts: readonly ScannedText[]): Promise<FilterResult> {
    const compiled = this.#compile(set)
    const length = texts.reduce((sum, { text }) => sum + text.length, 0)
    if (isQuick(length, compiled)) return { kind: 'done', outcome: compiled.run(texts) }
    const answer = await this.#pool.run(set, { texts })
    return 'outcome' in answer ? { kind: 'done', outcome: answer.outcome } : { kind: 'timed_out' }
  }

  /** The same of a request's fields as JSON, which are read in the thread too where they are long. */
  check(set: FilterSet, request: string | Buffer): CheckResult | Promise<CheckResult> {
    const compiled = this.#compile(set)
    if (typeof request === 'string' && isQuick(request.length, compiled)) return checkRequest(compiled, request)
    return this.#checkInThread(set, request)
  }

  async #checkInThread(set: FilterSet, request: string | Buffer): Promise<CheckResult> {
    const answer = await this.#pool.run(set, { request })
    if ('checked' in answer) return answer.checked
    return { timedOut: 'timedOut' in answer ? answer.timedOut : 'crash' }
  }

  #compile(set: FilterSet): CompiledFilters {
    const known = this.#compiled.get(set)
    if (known !== undefined) return known
    const compiled = compileContentFilters(set)
    this.#compiled.set(set, compiled)
    return compiled
  }
}

function isQuick(length: number, { steps }: CompiledFilters): boolean {
  return length <= LENGTH_HERE_MAX && length * steps <= COST_HERE_MAX
}
