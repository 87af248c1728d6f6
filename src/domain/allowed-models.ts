import { AppError } from './app-error.ts'
import type { Model } from './catalogue.ts'
import { matchesModel } from './model-patterns.ts'
import { isFree } from './pricing.ts'

/**
 * The models among those asked for that a key may call, in the order asked for; null patterns restrict nothing. What isn't
 * known stays, for whoever plans to refuse it. Throws `no_endpoints` when nothing is left.
 */
export function allowedModels(
  names: readonly string[],
  patterns: readonly string[] | null,
  find: (name: string) => Model | undefined,
): readonly string[] {
  if (patterns === null) return names
  const allowed = names.filter((name) => {
    const model = find(name)
    return model === undefined || mayCallModel(patterns, model, name)
  })
  if (allowed.length > 0) return allowed
  throw new AppError('no_endpoints', 'No models match your request and model restrictions', { models: names })
}

/** `name`: as it was asked for. */
export function mayCallModel(
  patterns: readonly string[],
  { canonicalSlug, endpoints, id }: Model,
  name: string,
): boolean {
  return matchesModel(patterns, {
    names: [id, canonicalSlug, name],
    isFree: endpoints.every(({ prices }) => isFree(prices)),
  })
}
