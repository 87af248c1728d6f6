import { type AuditHead, type AuditVerdict, AuditWalk, type ReadPage, readAuditHeads } from '../store/audit-chain.ts'
import { type Tx, toIso } from '../store/schema.ts'

/** What only the keeper of the audit log's key can tell about it; for one call. */
export interface AuditChain {
  /** Walks the log of an organization before the transaction of the call, so that nobody waits for it. */
  walk: (readPage: ReadPage, organizationId: string, heads: readonly AuditHead[]) => Promise<void>
  /** What the walk has found, and what came since; for a transaction that has locked the organization. */
  verify: (tx: Tx) => Promise<AuditVerdict>
  /** Where the organization's log ends now, signed. */
  readHead: (tx: Tx, organizationId: string, now: number) => Promise<AuditHead>
}

/** `knownHeads` are compared with beside those that the call hands in. */
export function createAuditChain(key: Buffer, knownHeads: () => readonly AuditHead[]): AuditChain {
  let walk: AuditWalk | undefined
  return {
    walk: async (readPage, organizationId, heads) => {
      walk = new AuditWalk(key, { organizationId, heads: [...knownHeads(), ...heads] })
      await walk.advance(readPage)
    },
    verify: async (tx) => {
      if (walk === undefined) throw new Error('the log is walked before it is verified')
      return await walk.finish(tx)
    },
    readHead: async (tx, organizationId, now) => {
      const [head] = await readAuditHeads(tx, key, { now: toIso(now), organizationId })
      if (head === undefined) throw new Error('an organization has the head of its log')
      return head
    },
  }
}
