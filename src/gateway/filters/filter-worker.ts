/** A thread of `FilterPool`: keeps sets of filters ready and runs them, one run at a time. Says at first that it is up. */
import { parentPort } from 'node:worker_threads'
import {
  type CompiledFilters,
  compileContentFilters,
  type FilterOutcome,
  type FilterSet,
  type ScannedText,
} from '../../domain/content-filters.ts'
import { type CheckedRequest, checkRequest } from './check-request.ts'

/** Texts as they are, or a whole request as JSON. */
export type FilterWork = { texts: readonly ScannedText[] } | { request: string | Uint8Array }

/** A set is sent once, and then called by its number. */
export interface FilterOrder {
  work: FilterWork
  known: number
  set?: FilterSet
  /** Whether all that were sent before are to be forgotten. */
  forgets?: boolean
}

export type FilterAnswer = { isUp: true } | { outcome: FilterOutcome } | { checked: CheckedRequest }

const ready = new Map<number, CompiledFilters>()

parentPort?.on('message', ({ work, known, set, forgets }: FilterOrder) => {
  if (forgets) ready.clear()
  if (set !== undefined) ready.set(known, compileContentFilters(set))
  const compiled = ready.get(known)
  if (compiled === undefined) throw new Error('filters that were never sent')
  parentPort?.postMessage(answer(compiled, work))
})

function answer(compiled: CompiledFilters, work: FilterWork): FilterAnswer {
  if ('texts' in work) return { outcome: compiled.run(work.texts) }
  const { request } = work
  return { checked: checkRequest(compiled, typeof request === 'string' ? request : Buffer.from(request).toString()) }
}

parentPort?.postMessage({ isUp: true } satisfies FilterAnswer)
