import type { EndpointHealth, Percentiles } from '../endpoint-health.ts'

/** What was known of an endpoint when a plan asked for it; what is missing was not asked for, or nothing was known of it. */
export interface HealthFact {
  isUnstable?: true
  isBroken?: true
  latency?: Percentiles
  throughput?: Percentiles
  toolQuality?: number
}

/** By endpoint id. JSON as it stands. */
export type HealthFacts = Record<string, HealthFact>

/** Every endpoint is taken for stable, and none has been measured. */
export const NO_HEALTH: EndpointHealth = Object.freeze({
  isStable: () => true,
  isBroken: () => false,
  latency: () => null,
  throughput: () => null,
  toolQuality: () => null,
})

/** Passes on what is known and notes what of it a plan looked at, so that the plan can be made again. */
export class ObservedHealth implements EndpointHealth {
  readonly #health: EndpointHealth
  #facts: HealthFacts | undefined

  constructor(health: EndpointHealth) {
    this.#health = health
  }

  /** Undefined where nothing was known that a plan without health wouldn't have taken for granted. */
  get facts(): HealthFacts | undefined {
    return this.#facts
  }

  isStable(endpointId: string): boolean {
    const isStable = this.#health.isStable(endpointId)
    if (!isStable) this.#factOf(endpointId).isUnstable = true
    return isStable
  }

  isBroken(endpointId: string): boolean {
    const isBroken = this.#health.isBroken(endpointId)
    if (isBroken) this.#factOf(endpointId).isBroken = true
    return isBroken
  }

  latency(endpointId: string): Percentiles | null {
    const latency = this.#health.latency(endpointId)
    if (latency !== null) this.#factOf(endpointId).latency = latency
    return latency
  }

  throughput(endpointId: string): Percentiles | null {
    const throughput = this.#health.throughput(endpointId)
    if (throughput !== null) this.#factOf(endpointId).throughput = throughput
    return throughput
  }

  toolQuality(endpointId: string): number | null {
    const quality = this.#health.toolQuality(endpointId)
    if (quality !== null) this.#factOf(endpointId).toolQuality = quality
    return quality
  }

  #factOf(endpointId: string): HealthFact {
    this.#facts ??= {}
    const fact = this.#facts[endpointId] ?? {}
    this.#facts[endpointId] = fact
    return fact
  }
}

/** What was known once, as if it were known now. */
export function recallHealth(facts: HealthFacts | undefined): EndpointHealth {
  const of = (endpointId: string): HealthFact => facts?.[endpointId] ?? {}
  return {
    isStable: (endpointId) => of(endpointId).isUnstable !== true,
    isBroken: (endpointId) => of(endpointId).isBroken === true,
    latency: (endpointId) => of(endpointId).latency ?? null,
    throughput: (endpointId) => of(endpointId).throughput ?? null,
    toolQuality: (endpointId) => of(endpointId).toolQuality ?? null,
  }
}
