import { mayCallModel } from '../allowed-models.ts'
import { AppError } from '../app-error.ts'
import type { Endpoint, Model } from '../catalogue.ts'
import { familyOf, parseLatest } from '../latest-models.ts'
import { AUTO_MODEL, type AutoOptions, chooseAuto, chooseFree, FREE_MODEL, NO_OPTIONS } from './auto-router.ts'
import { findMeantModel, type MeantModel, type ModelStrategy, withoutSorting } from './model-names.ts'
import type { SortBy } from './preferences.ts'

/** Among what names are looked up, and what may be chosen for those that stand for several models. */
export interface ModelScope {
  find: (id: string) => Model | undefined
  models: ReadonlyMap<string, Model>
  /** Patterns of the models that the key may call; null for all. */
  allowedModels: readonly string[] | null
  /** What of a model is left to a request that may go to any, where all that it needs is known to be there. */
  leftOf: (model: Model) => readonly Endpoint[]
  auto: AutoOptions | null
  /** From [0, 1). */
  draw: number
}

/**
 * The concrete models that names mean, in the order asked for. Of those that stand for several only what may be used is chosen,
 * so that no restriction is got round by a name; empty where none of them may. Throws `invalid_model` for a name that means
 * nothing.
 */
export function meantModels(names: readonly string[], scope: ModelScope): readonly MeantModel[] {
  return names.flatMap((name) => meantBy(name, scope))
}

/** Those that a key may call. Throws `no_endpoints` where there are none. */
export function requireCallable(
  meant: readonly MeantModel[],
  { models: names, allowedModels }: { models: readonly string[]; allowedModels?: readonly string[] | null },
): readonly MeantModel[] {
  const allowed = allowedModels ? meant.filter(({ model }) => mayCallModel(allowedModels, model)) : meant
  if (allowed.length > 0) return allowed
  throw new AppError('no_endpoints', 'No models match your request and model restrictions', { models: names })
}

function meantBy(name: string, scope: ModelScope): MeantModel[] {
  const chosen = chosenFor(name, scope)
  if (chosen !== undefined) return chosen
  const meant = findMeantModel(name, scope.find)
  if (meant === undefined) throw unknownModel(name)
  return [meant]
}

/** Undefined for a name that means one model. */
function chosenFor(name: string, scope: ModelScope): MeantModel[] | undefined {
  const { models, auto, draw } = scope
  const { base, sort } = withoutSorting(name)
  if (base === AUTO_MODEL)
    return toMeant(chooseAuto(models.values(), leftToKey(scope), auto ?? NO_OPTIONS), 'auto', sort)
  if (base === FREE_MODEL) return toMeant(chooseFree(models.values(), leftToKey(scope), draw), 'free', sort)
  const latest = base.startsWith('~') ? parseLatest(base) : undefined
  if (latest === undefined) return undefined
  const family = familyOf(models.values(), latest)
  if (family.length === 0) throw unknownModel(name)
  const leftOf = leftToKey(scope)
  const newest = family.find((model) => leftOf(model).length > 0) ?? family[0]
  return newest === undefined ? [] : toMeant([newest], 'latest', sort)
}

function leftToKey({ allowedModels, leftOf }: ModelScope): ModelScope['leftOf'] {
  return (model) => (allowedModels !== null && !mayCallModel(allowedModels, model) ? [] : leftOf(model))
}

function toMeant(models: readonly Model[], strategy: ModelStrategy, sort: SortBy | null): MeantModel[] {
  return models.map((model) => ({ model, sort, strategy }))
}

function unknownModel(name: string): AppError {
  return new AppError('invalid_model', `${name} is not a valid model ID`, { model: name })
}
