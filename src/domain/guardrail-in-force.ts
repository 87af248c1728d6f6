import type { Endpoint, Model } from './catalogue.ts'
import type { CatalogueNames } from './catalogue-names.ts'
import type { FilterSet } from './content-filters.ts'
import {
  type EffectiveGuardrail,
  type Exclusion,
  exclusionsOf,
  type GuardrailLayer,
  mergeGuardrails,
} from './guardrail-merge.ts'

/** Everything that keeps an endpoint from whoever asks; empty when it may be used. */
export type ExclusionsOf = (model: Pick<Model, 'id'>, endpoint: Endpoint) => readonly Exclusion[]

/** What holds for the requests of one key, made ready to be asked any number of times. */
export interface GuardrailInForce {
  layers: readonly GuardrailLayer[]
  effective: EffectiveGuardrail
  exclusionsOf: ExclusionsOf
  /** What texts are to be checked for; null when nothing is. One object for as long as it stays the same. */
  filterSet: FilterSet | null
  /** Which layer alone keeps which endpoints of these models away; nothing of those that keep none. Worked out anew each time. */
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
  return {
    layers,
    effective,
    exclusionsOf: (model, endpoint) => {
      const found = known.get(endpoint) ?? exclusionsOf(effective, model, endpoint, names)
      known.set(endpoint, found)
      return found
    },
    reasonsFor: (models) => layers.flatMap((layer) => reasonOf(layer, models, names)),
    filterSet: filters.length === 0 && builtins.length === 0 ? null : { filters, builtins, phrases },
  }
}

function reasonOf(layer: GuardrailLayer, models: readonly Model[], names: CatalogueNames): LayerReason[] {
  const alone = mergeGuardrails([layer], names)
  const found = models.flatMap((model) =>
    model.endpoints.map((endpoint) => exclusionsOf(alone, model, endpoint, names)).filter(({ length }) => length > 0),
  )
  return found.length === 0 ? [] : [{ layer, exclusions: [...new Set(found.flat())], endpointCount: found.length }]
}
