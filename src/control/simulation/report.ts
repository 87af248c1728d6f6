import type { SimulationWire } from '../../contract/management/simulation.ts'
import type { Finding } from '../../domain/content-filters.ts'
import { type NanoUsd, toUsd } from '../../domain/money.ts'
import type { PastRequest, Verdict } from '../../domain/simulation.ts'

const MODELS_MAX = 50

interface Effects {
  requests: number
  blocked: number
  rerouted: number
  shortened: number
  usage: NanoUsd
  saved: NanoUsd
}

/** Adds up what a simulation finds out of each request. As large as there are models, days and reasons. */
export class SimulationReport {
  readonly #total = noEffects()
  readonly #byModel = new Map<string, Effects>()
  readonly #byDay = new Map<string, Effects>()
  readonly #reasons = new Map<string, { requests: number; usage: NanoUsd }>()
  readonly #findings = new Map<string, { finding: Finding; requests: number }>()
  unknownEndpoints = 0

  /** `day` is a UTC date. */
  add(day: string, request: PastRequest, verdict: Verdict): void {
    const usage = request.cost + request.byokCost
    const parts = [this.#total, effectsOf(this.#byModel, request.model), effectsOf(this.#byDay, day)]
    for (const effects of parts) {
      effects.requests += 1
      effects.usage += usage
      if (verdict.kind === 'unaffected') continue
      effects[verdict.kind] += 1
      effects.saved += verdict.kind === 'blocked' ? usage : usage - verdict.cost
    }
    if (verdict.kind !== 'blocked') return
    for (const reason of verdict.reasons) {
      const { requests, usage: before } = this.#reasons.get(reason) ?? { requests: 0, usage: 0n }
      this.#reasons.set(reason, { requests: requests + 1, usage: before + usage })
    }
  }

  found(findings: readonly Finding[]): void {
    for (const finding of findings) {
      const name = JSON.stringify([finding.filter, finding.label, finding.action])
      const requests = this.#findings.get(name)?.requests ?? 0
      this.#findings.set(name, { finding, requests: requests + 1 })
    }
  }

  findingsToWire(): SimulationWire['content_filters']['findings'] {
    return [...this.#findings.values()]
      .map(({ finding: { filter, label, action }, requests }) => ({ filter, label, action, requests }))
      .toSorted((a, b) => b.requests - a.requests)
  }

  toWire() {
    const byLoss = (a: [string, Effects], b: [string, Effects]) =>
      b[1].blocked - a[1].blocked || Number(b[1].saved - a[1].saved)
    return {
      ...effectsToWire(this.#total),
      unknown_endpoint: this.unknownEndpoints,
      blocked_by: [...this.#reasons]
        .map(([reason, { requests, usage }]) => ({ reason, requests, usage_usd: toUsd(usage) }))
        .toSorted((a, b) => b.requests - a.requests),
      by_model: [...this.#byModel]
        .toSorted(byLoss)
        .slice(0, MODELS_MAX)
        .map(([model, effects]) => ({ model, ...effectsToWire(effects) })),
      by_day: [...this.#byDay].map(([date, effects]) => ({ date, ...effectsToWire(effects) })),
    }
  }
}

function noEffects(): Effects {
  return { requests: 0, blocked: 0, rerouted: 0, shortened: 0, usage: 0n, saved: 0n }
}

function effectsOf(all: Map<string, Effects>, name: string): Effects {
  const known = all.get(name) ?? noEffects()
  all.set(name, known)
  return known
}

function effectsToWire({ usage, saved, ...counts }: Effects) {
  return { ...counts, usage_usd: toUsd(usage), saved_usd: toUsd(saved) }
}
