/** A thread of `FilterPool`: keeps sets of filters ready and runs them, one run at a time. Says at first that it is up. */
import { parentPort } from 'node:worker_threads'
import {
  type CompiledFilters,
  compileContentFilters,
  type FilterOutcome,
  type FilterSet,
  type ScannedText,
} from '../../domain/content-filters.ts'

/** A set is sent once, and then called by its number. */
export interface FilterOrder {
  texts: readonly ScannedText[]
  known: number
  set?: FilterSet
  /** Whether all that were sent before are to be forgotten. */
  forgets?: boolean
}

export type FilterAnswer = { isUp: true } | { outcome: FilterOutcome }

const ready = new Map<number, CompiledFilters>()

parentPort?.on('message', ({ texts, known, set, forgets }: FilterOrder) => {
  if (forgets) ready.clear()
  if (set !== undefined) ready.set(known, compileContentFilters(set))
  const compiled = ready.get(known)
  if (compiled === undefined) throw new Error('filters that were never sent')
  parentPort?.postMessage({ outcome: compiled.run(texts) } satisfies FilterAnswer)
})
parentPort?.postMessage({ isUp: true } satisfies FilterAnswer)
