import type { Endpoint, Model } from './catalogue.ts'
import type { CatalogueNames } from './catalogue-names.ts'
import { NOT_CHECKED } from './content-filter-labels.ts'
import type { FilterSet, Finding } from './content-filters.ts'
import {
  type EffectiveGuardrail,
  type Exclusion,
  exclusionsOf,
  type GuardrailLayer,
  mergeGuardrails,
} from './guardrail-merge.ts'

/** Everything that keeps an endpoint from whoever asks; empty when it may be used. */
export type ExclusionsOf = (model: Pick<Model, 'id'>, endpoint: Endpoint) => readonly Exclusion[]

export type Excluder = [layer: number, reason: Exclusion]

/** What holds for the requests of one key, made ready to be asked any number of times. */
export interface GuardrailInForce {
  layers: readonly GuardrailLayer[]
  effective: EffectiveGuardrail
  exclusionsOf: ExclusionsOf
  /** The same, each with the place in `layers` of one that says so: all of them, where several do. */
  excludersOf: (model: Pick<Model, 'id'>, endpoint: Endpoint) => readonly Excluder[]
  /** What texts are to be checked for; null when nothing is. One object for as long as it stays the same. */
  filterSet: FilterSet | null
  /** Which layer alone keeps which endpoints of these models away; nothing of those that keep none. */
  reasonsFor: (models: readonly Model[]) => LayerReason[]
}

export interface LayerReason {
  layer: GuardrailLayer
  /** By what. */
  exclusions: readonly Exclusion[]
  endpointCount: number
}

/** `phrases` are let pass by the prompt-injection detector. */
export function putInForce(
  layers: readonly GuardrailLayer[],
  names: CatalogueNames,
  phrases: readonly string[],
): GuardrailInForce {
  const effective = mergeGuardrails(layers, names)
  const { filters, builtins } = effective
  // Endpoints are objects of the catalogue, which is replaced whole, so what was found out of one stays true.
  const known = new WeakMap<Endpoint, readonly Exclusion[]>()
  const excluders = new WeakMap<Endpoint, readonly Excluder[]>()
  const excludersOf: GuardrailInForce['excludersOf'] = (model, endpoint) => {
    const found = excluders.get(endpoint) ?? findExcluders(layers, { model, endpoint, names })
    excluders.set(endpoint, found)
    return found
  }
  return {
    layers,
    effective,
    exclusionsOf: (model, endpoint) => {
      const found = known.get(endpoint) ?? exclusionsOf(effective, model, endpoint, names)
      known.set(endpoint, found)
      return found
    },
    excludersOf,
    reasonsFor: (models) => layers.flatMap((layer, at) => reasonOf({ layer, at, models, excludersOf })),
    filterSet: filters.length === 0 && builtins.length === 0 ? null : { filters, builtins, phrases },
  }
}

/** What one layer says of the endpoints of these models. */
function reasonOf({
  layer,
  at,
  models,
  excludersOf,
}: Pick<GuardrailInForce, 'excludersOf'> & {
  layer: GuardrailLayer
  at: number
  models: readonly Model[]
}): LayerReason[] {
  const found = models
    .flatMap((model) => model.endpoints.map((endpoint) => excludersOf(model, endpoint)))
    .map((excluders) => excluders.flatMap(([owner, reason]) => (owner === at ? [reason] : [])))
    .filter(({ length }) => length > 0)
  return found.length === 0 ? [] : [{ layer, exclusions: [...new Set(found.flat())], endpointCount: found.length }]
}

/** An endpoint is left where each layer alone leaves it, so each is asked for its own reasons. */
function findExcluders(
  layers: readonly GuardrailLayer[],
  { model, endpoint, names }: { model: Pick<Model, 'id'>; endpoint: Endpoint; names: CatalogueNames },
): Excluder[] {
  return layers.flatMap((layer, at) =>
    exclusionsOf(mergeGuardrails([layer], names), model, endpoint, names).map((reason): Excluder => [at, reason]),
  )
}

/** The place in `layers` of the narrowest guardrail that looks for what was found, or that has a request refused which was not
 *  looked through; -1 where none does. */
export function finderOf({ action, filter, patterns }: Finding, layers: readonly GuardrailLayer[]): number {
  return layers.findLastIndex(({ guardrail: { builtins, filters, onFilterTimeout } }) => {
    if (filter === NOT_CHECKED)
      return builtins.length + filters.length > 0 && (action === 'flag' || onFilterTimeout === 'block')
    return filter === 'custom'
      ? filters.some((own) => own.action === action && patterns.some((pattern) => own.pattern.startsWith(pattern)))
      : builtins.some((own) => own.action === action && own.slug === filter)
  })
}
