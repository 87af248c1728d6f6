import { type RawBuilder, sql } from 'kysely'
import type { IdempotencyClaim, IdempotencyStore, IdempotentRequest } from '../gateway/ports.ts'
import type { Clock } from '../platform/clock.ts'
import { isZdrInForce, listZdrScopes } from './queries/zdr-scopes.ts'
import { type Db, toIso } from './schema.ts'
import type { Sealer } from './sealer.ts'

/** Answers are given again for so long. */
const KEPT_MS = 86_400_000
const LEASE_SECONDS = 15

/*
 * One row for each request, made before the request has any effect. Its process renews the lease; when that has run out and
 * nothing was written, the process is gone, and only what is on record decides: an inference that cost nothing may be run
 * again, any other is taken to have had its effect. Times of leases are the database's, because processes compare them.
 */
export function createIdempotencyStore(db: Db, { sealer, clock }: { sealer: Sealer; clock: Clock }): IdempotencyStore {
  return {
    claim: (request) => claim(db, sealer, request, clock.now()),
    renew: async (requests) => {
      const ids = requests.map(({ generationId }) => generationId)
      await sql`UPDATE idempotent_request SET lease_until = ${leaseEnd()}
        WHERE id IN (${sql.join(requests.map(({ id }) => id))}) AND generation_id IN (${sql.join(ids)})
          AND state = 'running'`.execute(db)
    },
    keep: (request, answer, models) => keep(db, sealer, request, { answer, models }),
    noteUnkept: async (request) => {
      await ownRow(db, request).set({ state: 'not_kept' }).execute()
    },
    release: async ({ id, generationId }) => {
      await db
        .deleteFrom('idempotent_request')
        .where('id', '=', id)
        .where('generation_id', '=', generationId)
        .where('state', '=', 'running')
        .execute()
    },
  }
}

async function claim(db: Db, sealer: Sealer, request: IdempotentRequest, now: number): Promise<IdempotencyClaim> {
  const { id, organizationId, workspaceId, bodyHash, generationId } = request
  const { rows } = await sql`
    INSERT INTO idempotent_request AS held
      (id, organization_id, workspace_id, body_hash, generation_id, state, lease_until, created_at)
    VALUES (${id}, ${organizationId}, ${workspaceId}, ${bodyHash}, ${generationId}, 'running', ${leaseEnd()}, ${toIso(now)})
    ON CONFLICT (id) DO UPDATE SET body_hash = excluded.body_hash, generation_id = excluded.generation_id,
      state = excluded.state, lease_until = excluded.lease_until, answer = NULL, created_at = excluded.created_at
    WHERE held.created_at <= ${toIso(now - KEPT_MS)} OR (held.body_hash = excluded.body_hash AND ${hadNoEffect()})
    RETURNING id`.execute(db)
  if (rows.length > 0) return { kind: 'mine' }
  return await read(db, sealer, request)
}

/** The process is gone, and what it left on record is a failure that cost nothing. The id names the partition. */
function hadNoEffect(): RawBuilder<boolean> {
  return sql`held.state = 'running' AND held.lease_until < now() AND EXISTS (
    SELECT FROM generation WHERE generation.id = held.generation_id
      AND generation.created_at = to_timestamp(split_part(held.generation_id, '-', 2)::bigint)
      AND cost_nano = 0 AND byok_nano = 0 AND outcome <> 'done')`
}

async function read(db: Db, sealer: Sealer, request: IdempotentRequest): Promise<IdempotencyClaim> {
  const row = await db
    .selectFrom('idempotent_request')
    .select(['body_hash', 'generation_id', 'state', 'answer'])
    .select(sql<boolean>`lease_until < now()`.as('is_left'))
    .where('id', '=', request.id)
    .executeTakeFirst()
  // Released in between.
  if (row === undefined) return { kind: 'running' }
  if (row.body_hash !== request.bodyHash) return { kind: 'other_body' }
  const generationId = row.generation_id
  if (row.answer !== null) {
    const answer = await sealer.unseal(db, request.organizationId, placeOf(request), row.answer)
    return { kind: 'kept', generationId, answer }
  }
  return row.state === 'running' && !row.is_left ? { kind: 'running' } : { kind: 'not_kept', generationId }
}

async function keep(
  db: Db,
  sealer: Sealer,
  request: IdempotentRequest,
  { answer, models }: { answer: string; models: readonly string[] },
): Promise<void> {
  const { organizationId } = request
  await db.transaction().execute(async (tx) => {
    const scopes = await listZdrScopes(tx, organizationId, [request])
    if (scopes.some((scope) => isZdrInForce(scope, { ...request, models }))) {
      await ownRow(tx, request).set({ state: 'not_kept' }).execute()
      return
    }
    const sealed = await sealer.seal(tx, organizationId, placeOf(request), answer)
    await ownRow(tx, request).set({ state: 'kept', answer: sealed }).execute()
  })
}

function ownRow(db: Db, { id, generationId }: IdempotentRequest) {
  return db
    .updateTable('idempotent_request')
    .where('id', '=', id)
    .where('generation_id', '=', generationId)
    .where('state', '=', 'running')
}

function placeOf({ id }: IdempotentRequest) {
  return { table: 'idempotent_request', row: id, column: 'answer' }
}

function leaseEnd(): RawBuilder<Date> {
  return sql`now() + ${LEASE_SECONDS} * interval '1 second'`
}
