import type { CallOrigin } from '../domain/actor.ts'
import type { Clock } from '../platform/clock.ts'
import { lockOrganization } from '../store/queries/changes.ts'
import { listSeats } from '../store/queries/people.ts'
import type { Db, Tx } from '../store/schema.ts'
import { writeAudit } from './audit.ts'

/** What somebody does with their own login, which belongs to no organization. */
export interface PersonAct {
  /** As the audit log is to name it. */
  action: string
  userId: string
  /** In which it is done; null where nobody is signed in. */
  sessionId: string | null
  origin: CallOrigin
  /** Returns what to record, and undefined where nothing was changed. */
  work: (tx: Tx) => Promise<PersonChange | undefined>
}

interface PersonChange {
  before?: unknown
  after?: unknown
}

/**
 * One transaction with a row in the audit log of each organization that the person is in. Who is in none can't sign in, so that
 * there is no log for them. Organizations are locked in the order of their ids, before anything else: no two acts wait for
 * each other.
 */
export async function actOnPerson(
  parts: { db: Db; clock: Clock; auditKey: Buffer; bootstrapKeyHash: string | null },
  { action, origin, sessionId, userId, work }: PersonAct,
): Promise<void> {
  await parts.db.transaction().execute(async (tx) => {
    const seats = await listSeats(tx, userId)
    const organizationIds = seats.map(({ id }) => id).sort()
    for (const organizationId of organizationIds) await lockOrganization(tx, organizationId)
    const change = await work(tx)
    if (change === undefined) return
    for (const organizationId of organizationIds) {
      const actor =
        sessionId === null
          ? ({ kind: 'anonymous' } as const)
          : ({ kind: 'session', organizationId, sessionId, userId } as const)
      const entry = { resource: 'login', id: userId, workspaceId: null, organizationId, userId, ...change }
      const { auditKey: key, bootstrapKeyHash } = parts
      await writeAudit(tx, { key, bootstrapKeyHash }, { action, actor, origin, entry, now: parts.clock.now() })
    }
  })
}
