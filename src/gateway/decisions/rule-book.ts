import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RuleLimit, Rules } from '../../domain/decision.ts'
import type { GuardrailInForce } from '../../domain/guardrail-in-force.ts'
import type { Observe } from '../../observe/observation.ts'
import { BatchQueue } from '../../platform/batch-queue.ts'
import type { Chain, Limit } from '../lease/chain.ts'
import type { PostRules, RulesInForce } from '../ports.ts'

const PENDING_MAX = 10_000
const BATCH_MAX = 500
const POSTED_MAX = 50_000
const ID_LENGTH = 22

interface Known {
  guardrail: GuardrailInForce | null
  id: string | undefined
}

/**
 * Gives what restricts and limits a request a name of some characters, by which the request's record tells of it, and carries
 * it to the database once. What is in force together is worked out when it is first met and after changes, so that a
 * request pays for a look-up. What gets lost in a crash is posted again when it is next met.
 */
export class RuleBook {
  readonly #queue: BatchQueue<RulesInForce>
  readonly #ofChains = new WeakMap<Chain, Known>()
  readonly #posted = new Set<string>()

  constructor({ post, observe }: { post: PostRules; observe: Observe }) {
    this.#queue = new BatchQueue({
      post,
      onDropped: (count, message) => {
        this.#posted.clear()
        observe({ type: 'rules_dropped', count, message })
      },
      fullMessage: 'more than the queue may hold',
      pendingMax: PENDING_MAX,
      batchMax: BATCH_MAX,
    })
  }

  /** Undefined where there is nothing that restricts or limits. */
  idOf(organizationId: string, chain: Chain, guardrail: GuardrailInForce | null): string | undefined {
    const known = this.#ofChains.get(chain)
    if (known !== undefined && known.guardrail === guardrail) return known.id
    const id = guardrail === null && chain.limits.length === 0 ? undefined : this.#add(organizationId, chain, guardrail)
    this.#ofChains.set(chain, { guardrail, id })
    return id
  }

  async waitUntilPosted(timeoutMs: number): Promise<void> {
    await Promise.race([this.#queue.flush(), sleep(timeoutMs, undefined, { ref: false })])
  }

  /** Posts what is left, without a second try. */
  async stop(): Promise<void> {
    await this.#queue.stop()
  }

  #add(organizationId: string, { limits }: Chain, guardrail: GuardrailInForce | null): string {
    const layers = guardrail?.layers ?? []
    const rules: Rules = {
      guardrails: layers.map(({ scope, guardrail: { id, name } }) => ({ scope, id, name })),
      limits: limits.map(toRuleLimit),
    }
    const json = JSON.stringify(rules)
    const id = createHash('sha256').update(json).digest('base64url').slice(0, ID_LENGTH)
    const name = `${organizationId} ${id}`
    if (!this.#posted.has(name)) {
      if (this.#posted.size >= POSTED_MAX) this.#posted.clear()
      this.#posted.add(name)
      this.#queue.push({ organizationId, id, json })
    }
    return id
  }
}

function toRuleLimit({ owner, interval, amount, pool, tallies }: Limit): RuleLimit {
  return {
    scope: owner.kind,
    name: 'name' in owner ? owner.name : null,
    id: 'id' in owner ? owner.id : null,
    interval,
    amount: pool === null ? amount.toString() : null,
    includesByok: tallies.length > 1,
  }
}
