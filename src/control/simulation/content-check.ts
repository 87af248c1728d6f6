import { GenerationContentWire } from '../../contract/inference/generation-content.ts'
import type { SimulationWire } from '../../contract/management/simulation.ts'
import { reachIn } from '../../domain/access.ts'
import type { FilterSet, Finding } from '../../domain/content-filters.ts'
import { findContents } from '../../store/queries/generation-content.ts'
import type { PastRow } from '../../store/queries/past-requests.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import type { Read } from '../long-reads.ts'

/** Texts may be long, and each may take a thread its whole time. */
const TEXTS_MAX = 1_000
const TEXTS_AT_A_TIME = 20

type Counts = Omit<SimulationWire['content_filters'], 'findings'>

/** Looks through what was asked with proposed filters, where that was kept and the actor may read it. */
export class ContentCheck {
  readonly #set: FilterSet | null
  readonly #context: ControlContext
  readonly #onFindings: (findings: readonly Finding[]) => void
  readonly #counts = { checked: 0, not_kept: 0, skipped: 0, timed_out: 0 }
  #isForbidden = false

  constructor(set: FilterSet | null, context: ControlContext, onFindings: (findings: readonly Finding[]) => void) {
    this.#set = set
    this.#context = context
    this.#onFindings = onFindings
  }

  /** The ids of those that the filters would refuse. */
  async findBlocked(rows: readonly PastRow[], read: Read): Promise<ReadonlySet<string>> {
    const blocked = new Set<string>()
    if (this.#set === null) return blocked
    const ids = rows.filter((row) => this.#mayRead(row)).map(({ id }) => id)
    for (let at = 0; at < ids.length; at += TEXTS_AT_A_TIME) {
      const part = ids.slice(at, at + TEXTS_AT_A_TIME)
      if (this.#counts.checked >= TEXTS_MAX) this.#counts.skipped += part.length
      else await this.#check(part, { set: this.#set, read, blocked })
    }
    return blocked
  }

  toWire(): Counts {
    const basis = this.#set === null ? 'none' : this.#isForbidden ? 'not_permitted' : 'kept'
    return { basis, ...this.#counts }
  }

  /** One who may not read what was said learns nothing of it by proposing filters. */
  #mayRead({ request: { workspaceId } }: PastRow): boolean {
    const mayRead = reachIn(this.#context.access, 'io-log:read', workspaceId) === 'ws'
    if (!mayRead) this.#isForbidden = true
    return mayRead
  }

  async #check(ids: readonly string[], run: { set: FilterSet; read: Read; blocked: Set<string> }): Promise<void> {
    const texts = await run.read(async ({ tx, unseal }) => {
      const rows = await findContents(tx, organizationOf(this.#context), ids)
      return await Promise.all(
        rows.map(async ({ generation_id: id, content }) => {
          const place = { table: 'generation_content', row: id, column: 'content' }
          return { id, json: await unseal(place, content) }
        }),
      )
    })
    this.#counts.not_kept += ids.length - texts.length
    for (const { id, json } of texts) {
      const { input } = GenerationContentWire.parse(JSON.parse(json))
      const result = await this.#context.checkRequest(run.set, JSON.stringify(input))
      if ('timedOut' in result) {
        this.#counts.timed_out += 1
        continue
      }
      this.#counts.checked += 1
      this.#onFindings(result.findings)
      if (result.refusal !== null) run.blocked.add(id)
    }
  }
}
