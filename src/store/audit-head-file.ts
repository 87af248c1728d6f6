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

/** The head in a line of text, if it holds one. */
function parseLine(line: string): AuditHead[] {
  try {
    const head = JSON.parse(line) as Partial<AuditHead> | null
    const { organization_id, sequence, hash, created_at, signature } = head ?? {}
    const isHead =
      [organization_id, hash, created_at, signature].every((value) => typeof value === 'string') &&
      Number.isSafeInteger(sequence)
    return isHead ? [head as AuditHead] : []
  } catch {
    return []
  }
}
