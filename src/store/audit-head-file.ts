import { existsSync, readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { AuditHead } from './audit-chain.ts'
import { syncDirectory } from './embedded/durable-file.ts'

const NAME = 'audit-head.log'

/** Where the logs of organizations ended at times, one head a line, beside the database and not in it. Only ever appended. */
export class AuditHeadFile {
  readonly #path: string
  readonly #heads: AuditHead[]
  #endsInPart: boolean

  /** Reads what is there. A line that isn't whole, as a power loss leaves one, is passed over. */
  constructor(directory: string) {
    this.#path = join(directory, NAME)
    const text = existsSync(this.#path) ? readFileSync(this.#path, 'utf8') : ''
    this.#heads = text.split('\n').flatMap(parseLine)
    this.#endsInPart = text !== '' && !text.endsWith('\n')
  }

  /** Oldest first; also what was noted since, whatever became of the file. */
  heads(): readonly AuditHead[] {
    return this.#heads
  }

  /** Notes heads that have moved since they were noted last. When it resolves they survive a power loss. */
  async append(heads: readonly AuditHead[]): Promise<void> {
    const moved = heads.filter((head) => head.sequence > this.#lastSequence(head.organization_id))
    if (moved.length === 0) return
    const lines = moved.map((head) => `${JSON.stringify(head)}\n`).join('')
    const file = await open(this.#path, 'a', 0o600)
    try {
      await file.appendFile(this.#endsInPart ? `\n${lines}` : lines)
      await file.sync()
    } finally {
      await file.close()
    }
    await syncDirectory(dirname(this.#path))
    this.#endsInPart = false
    this.#heads.push(...moved)
  }

  #lastSequence(organizationId: string): number {
    return this.#heads.findLast((head) => head.organization_id === organizationId)?.sequence ?? 0
  }
}

/** Every head in a text: lines of heads, as the file of a data directory has them, or an answer of the API that holds one. */
export function parseHeads(text: string): AuditHead[] {
  const whole = parseJson(text)
  return whole === undefined ? text.split('\n').flatMap(parseLine) : headsIn(whole)
}

function parseLine(line: string): AuditHead[] {
  return headsIn(parseJson(line))
}

function headsIn(value: unknown): AuditHead[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap(headsIn)
  if (isHead(value)) return [value]
  const { data, head } = value as { data?: unknown; head?: unknown }
  return [...headsIn(data), ...headsIn(head)]
}

function isHead(value: object): value is AuditHead {
  const { organization_id, sequence, hash, created_at, signature } = value as Partial<AuditHead>
  const texts = [organization_id, hash, created_at, signature]
  return texts.every((text) => typeof text === 'string') && Number.isSafeInteger(sequence)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
