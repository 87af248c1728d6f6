import { type AuditHead, type AuditVerdict, readAuditHeads, verifyAuditLog } from '../store/audit-chain.ts'
import { type Tx, toIso } from '../store/schema.ts'

/** What only the keeper of the audit log's key can tell about it. */
export interface AuditChain {
  /** Checks the organization's whole log, against the heads given and those that this process knows of. */
  verify: (tx: Tx, organizationId: string, heads: readonly AuditHead[]) => Promise<AuditVerdict>
  /** Where the organization's log ends now, signed. */
  readHead: (tx: Tx, organizationId: string, now: number) => Promise<AuditHead>
}

export function createAuditChain(key: Buffer, knownHeads: () => readonly AuditHead[]): AuditChain {
  return {
    verify: (tx, organizationId, heads) =>
      verifyAuditLog(tx, key, { organizationId, heads: [...knownHeads(), ...heads] }),
    readHead: async (tx, organizationId, now) => {
      const [head] = await readAuditHeads(tx, key, { now: toIso(now), organizationId })
      if (head === undefined) throw new Error('an organization has the head of its log')
      return head
    },
  }
}
