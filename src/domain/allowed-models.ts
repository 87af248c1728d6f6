import type { Model } from './catalogue.ts'
import { matchesModel } from './model-patterns.ts'
import { isFree } from './pricing.ts'

/** Whether a key that may call models of these patterns may call this one, by whichever name it is asked for. */
export function mayCallModel(patterns: readonly string[], { canonicalSlug, endpoints, id }: Model): boolean {
  return matchesModel(patterns, {
    names: [id, canonicalSlug],
    isFree: endpoints.every(({ prices }) => isFree(prices)),
  })
}
