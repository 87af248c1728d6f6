import type { IncomingMessage } from 'node:http'
import type { Endpoint } from '../domain/catalogue.ts'
import { NOT_CHECKED } from '../domain/content-filter-labels.ts'
import type { Finding } from '../domain/content-filters.ts'
import type { Compressed } from '../domain/context-compression.ts'
import { finderOf, type GuardrailInForce, type LayerReason } from '../domain/guardrail-in-force.ts'
import type { GuardrailLayer, GuardrailScope } from '../domain/guardrail-merge.ts'
import type { Repair } from '../domain/json-mender.ts'
import type { MeantModel } from '../domain/routing/model-names.ts'
import type { AttemptRecord } from './ports.ts'
import type { Outcome } from './stages/attempt.ts'

/*
 * `openrouter_metadata`: what was decided about a request, told to callers who ask for it with a header. Source: OpenRouter docs,
 * router metadata; the shape is the official one.
 */

const HEADER = 'x-openrouter-metadata'
const LEGACY_HEADER = 'x-openrouter-experimental-metadata'

const SCOPE_NAMES: Readonly<Record<GuardrailScope, string>> = {
  organization: 'account',
  workspace: 'workspace',
  member: 'member',
  key: 'api-key',
}
const ACTION_NAMES = { flag: 'flagged', redact: 'redacted', block: 'blocked' } as const

interface Stage {
  type: 'guardrail' | 'response_healing' | 'context_compression'
  name: string
  guardrail_id?: string
  guardrail_scope?: string
  summary: string
  data: Readonly<Record<string, unknown>>
}

/** What is gathered of one request on its way, for a caller who wants to know. */
export class RouterTrace {
  readonly #pipeline: Stage[] = []
  #requested: readonly string[] = []
  #strategy: MeantModel['strategy'] = 'direct'
  #total = 0
  #available: readonly Endpoint[] = []
  #attempts: readonly AttemptRecord[] = []
  #selected: Endpoint | null = null

  /** The requested names and the models that they mean, whether they may be used or not. */
  asked(names: readonly string[], meant: readonly MeantModel[], guardrail: GuardrailInForce | null): void {
    const models = meant.map(({ model }) => model)
    this.#requested = names
    this.#strategy = meant[0]?.strategy ?? 'direct'
    this.#total = models.reduce((sum, { endpoints }) => sum + endpoints.length, 0)
    this.#pipeline.push(...(guardrail?.reasonsFor(models) ?? []).map((reason) => toRestriction(reason, this.#total)))
  }

  left(endpoints: readonly Endpoint[]): void {
    this.#available = endpoints
  }

  checked(findings: readonly Finding[], guardrail: GuardrailInForce): void {
    this.#pipeline.push(...findings.map((finding) => toStage(finding, guardrail)))
  }

  compressed({ removed, truncated }: Compressed): void {
    this.#pipeline.push({
      type: 'context_compression',
      name: 'context-compression',
      summary: `middle-out: ${removed} messages left out, ${truncated} cut`,
      data: { engine: 'middle-out', messages_removed: removed, messages_truncated: truncated },
    })
  }

  healed(repairs: readonly Repair[]): void {
    const summary = `the answer was not JSON and is now: ${repairs.join(', ')}`
    this.#pipeline.push({
      type: 'response_healing',
      name: 'response-healing',
      summary,
      data: { healed: true, repairs },
    })
  }

  /** `endpoint`: the one that answered, else the one tried last. */
  ended({ attempts, endpoint, failure }: Pick<Outcome, 'attempts' | 'endpoint' | 'failure'>): void {
    this.#attempts = attempts
    this.#selected = failure === null ? endpoint : null
  }

  /** As a field of an answer or an error; none for a request that never came as far as being planned. */
  toWire(): { openrouter_metadata?: Record<string, unknown> } {
    const [requested] = this.#requested
    return requested === undefined ? {} : { openrouter_metadata: this.#metadata(requested) }
  }

  #metadata(requested: string): Record<string, unknown> {
    const attempts = this.#attempts
    const selected = this.#selected
    const isBlocked = this.#pipeline.some(({ data }) => data['action'] === 'blocked')
    return {
      requested,
      strategy: this.#requested.length > 1 ? 'fallback' : this.#strategy,
      region: null,
      summary: this.#summary(isBlocked, selected),
      // As the official answers have it: 1 for a request that a guardrail blocked, 0 where nothing was left to try.
      attempt: attempts.length > 0 ? attempts.length : Number(isBlocked),
      is_byok: selected?.byokKeyId !== undefined,
      endpoints: {
        total: this.#total,
        available: this.#available.map((endpoint) => ({
          provider: endpoint.provider.name,
          model: endpoint.modelId,
          selected: endpoint === selected,
        })),
      },
      ...(attempts.length === 0
        ? {}
        : {
            attempts: attempts.map(({ provider_name, model, status }) => ({ provider: provider_name, model, status })),
          }),
      ...(this.#pipeline.length === 0 ? {} : { pipeline: this.#pipeline }),
    }
  }

  #summary(isBlocked: boolean, selected: Endpoint | null): string {
    if (isBlocked) return 'blocked by a guardrail'
    const outcome = selected === null ? 'none selected' : `selected=${selected.provider.name}`
    return `available=${this.#available.length} of ${this.#total}, ${outcome}`
  }
}

/** Null unless the caller asks for it. */
export function newTrace({ headers }: IncomingMessage): RouterTrace | null {
  const wish = headers[HEADER] ?? headers[LEGACY_HEADER]
  return wish !== undefined && String(wish).toLowerCase() === 'enabled' ? new RouterTrace() : null
}

/** What a layer keeps away by what it says of models, providers and their handling of data. */
function toRestriction({ layer, exclusions, endpointCount }: LayerReason, total: number): Stage {
  return {
    type: 'guardrail',
    name: 'routing-restrictions',
    ...ownerToWire(layer),
    summary: `${endpointCount} of ${total} endpoints left out: ${exclusions.join(', ')}`,
    data: { action: 'excluded', excluded_by: exclusions, endpoints: endpointCount },
  }
}

function ownerToWire(layer: GuardrailLayer | undefined): Pick<Stage, 'guardrail_id' | 'guardrail_scope'> {
  const id = layer?.guardrail.id
  return { ...(id == null ? {} : { guardrail_id: id }), guardrail_scope: SCOPE_NAMES[layer?.scope ?? 'organization'] }
}

/** Under the guardrail behind it. */
function toStage(finding: Finding, { layers }: GuardrailInForce): Stage {
  const { filter, label, action, patterns, count } = finding
  const owner = layers[finderOf(finding, layers)]
  return {
    type: 'guardrail',
    name: filter === 'regex-prompt-injection' ? 'regex_pi_detection' : 'content-filter',
    ...ownerToWire(owner),
    summary: `${label ?? filter}: ${count} ${ACTION_NAMES[action]}`,
    data: {
      action: ACTION_NAMES[action],
      detected: filter !== NOT_CHECKED,
      engines: ['regex'],
      filter,
      label,
      count,
      patterns,
    },
  }
}
