import { createHmac, randomUUID } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'
import type { Tx } from '../../src/store/schema.ts'

/*
 * What somebody with every right in the database, but without the key of the chain, may do to a log of `rows` rows.
 */

export interface Tampering {
  name: string
  /** The row that must be named; undefined where more than one would be right. */
  firstBad?: number
  apply: (tx: Tx) => Promise<void>
}

export interface Scene {
  organizationId: string
  otherOrganizationId: string
  rows: number
  /** A whole number from `min` to `max`, both included. */
  pick: (min: number, max: number) => number
}

/** Takes away what would stop an intruder: triggers, keys, checks. */
export async function liftProtection(tx: Tx): Promise<void> {
  await sql`ALTER TABLE audit_log DISABLE TRIGGER USER`.execute(tx)
  await sql`ALTER TABLE audit_log DROP CONSTRAINT audit_log_pkey, DROP CONSTRAINT audit_log_id_key`.execute(tx)
}

/** Each makes an edit of a column certain to change it. */
const EDITS: Readonly<Record<string, RawBuilder<unknown>[]>> = {
  created_at: [
    sql`created_at + interval '1 microsecond'`,
    sql`created_at - interval '1 day'`,
    sql`created_at - interval '5000 years'`,
  ],
  id: [sql`gen_random_uuid()`],
  actor_kind: [sql`CASE actor_kind WHEN 'key' THEN 'system' ELSE 'key' END`],
  actor_id: [sql`coalesce(actor_id, '') || 'x'`, sql`CASE WHEN actor_id IS NULL THEN '' END`],
  user_id: [sql`coalesce(user_id, '') || 'x'`, sql`CASE WHEN user_id IS NULL THEN '' END`],
  surface: [sql`surface || ' '`],
  ip: [sql`coalesce(ip, '') || '1'`, sql`CASE WHEN ip IS NULL THEN '' END`],
  user_agent: [sql`coalesce(user_agent, '') || 'x'`, sql`CASE WHEN user_agent IS NULL THEN '' END`],
  request_id: [sql`coalesce(request_id, '') || 'x'`, sql`CASE WHEN request_id IS NULL THEN '' END`],
  action: [sql`action || 's'`],
  resource_type: [sql`upper(resource_type)`],
  resource_id: [sql`resource_id || ','`],
  workspace_id: [sql`gen_random_uuid()`, sql`CASE WHEN workspace_id IS NULL THEN gen_random_uuid() END`],
  before: [sql`CASE WHEN before IS NULL THEN 'null'::json END`, sql`('[' || coalesce(before::text, '1') || ']')::json`],
  after: [
    sql`CASE WHEN after IS NULL THEN 'null'::json END`,
    sql`(coalesce(after::text, '1') || ' ')::json`,
    sql`'{"name":"another"}'::json`,
  ],
  previous_hash: [sql`CASE previous_hash WHEN '' THEN 'x' ELSE reverse(previous_hash) || '0' END`],
  hash: [sql`reverse(hash) || '0'`],
}

const KINDS = [edit, edit, edit, remove, swap, move, cutTail, insertCopy, appendForged, rewrite, changeHead, empty]

/** The kinds take turns; which rows and columns they hit is random. */
export function chooseTampering(scene: Scene, round: number): Tampering {
  return (KINDS[round % KINDS.length] ?? edit)(scene)
}

function edit({ organizationId, rows, pick }: Scene): Tampering {
  const columns = Object.keys(EDITS)
  const column = columns[pick(0, columns.length - 1)] ?? ''
  const values = EDITS[column] ?? []
  const value = values[pick(0, values.length - 1)] ?? sql`NULL`
  const row = pick(1, rows)
  return {
    name: `edit ${column} of ${row}`,
    firstBad: row,
    apply: async (tx) => {
      await sql`UPDATE audit_log SET ${sql.ref(column)} = ${value}
        WHERE organization_id = ${organizationId} AND sequence = ${row}`.execute(tx)
    },
  }
}

function remove({ organizationId, rows, pick }: Scene): Tampering {
  const first = pick(1, rows)
  const last = Math.min(rows, first + pick(0, 3))
  return {
    name: `delete ${first} to ${last}`,
    firstBad: first,
    apply: async (tx) => {
      await sql`DELETE FROM audit_log
        WHERE organization_id = ${organizationId} AND sequence BETWEEN ${first} AND ${last}`.execute(tx)
    },
  }
}

/** Two rows change places, or only what they tell. */
function swap({ organizationId, rows, pick }: Scene): Tampering {
  const first = pick(1, rows - 1)
  const second = pick(first + 1, rows)
  const column = ['sequence', 'action', 'resource_id', 'hash'][pick(0, 3)] ?? ''
  return {
    name: `swap ${column} of ${first} and ${second}`,
    firstBad: first,
    apply: async (tx) => {
      await sql`UPDATE audit_log AS one SET ${sql.ref(column)} = other.${sql.ref(column)} FROM audit_log AS other
        WHERE one.organization_id = ${organizationId} AND other.organization_id = ${organizationId}
          AND ((one.sequence = ${first} AND other.sequence = ${second})
            OR (one.sequence = ${second} AND other.sequence = ${first}))`.execute(tx)
    },
  }
}

/** A row goes to another place, or to another organization. */
function move({ organizationId, otherOrganizationId, rows, pick }: Scene): Tampering {
  const row = pick(1, rows)
  const changes = [
    sql`sequence = ${rows + pick(1, 9)}`,
    sql`sequence = ${-pick(0, 5)}`,
    sql`organization_id = ${otherOrganizationId}`,
  ]
  const change = pick(0, 2)
  return {
    name: `move ${row} (${change})`,
    ...(change === 1 ? {} : { firstBad: row }),
    apply: async (tx) => {
      await sql`UPDATE audit_log SET ${changes[change] ?? sql``}
        WHERE organization_id = ${organizationId} AND sequence = ${row}`.execute(tx)
    },
  }
}

/** The newest rows go, and the head row is made to fit, or not. */
function cutTail({ organizationId, rows, pick }: Scene): Tampering {
  const kept = pick(0, rows - 1)
  const isReset = pick(0, 1) === 1
  return {
    name: `cut after ${kept}${isReset ? ' and reset the head' : ''}`,
    firstBad: kept + 1,
    apply: async (tx) => {
      await sql`DELETE FROM audit_log WHERE organization_id = ${organizationId} AND sequence > ${kept}`.execute(tx)
      if (isReset) await resetHead(tx, organizationId)
    },
  }
}

/** The whole log goes, also that of the other organizations. */
function empty({ organizationId, pick }: Scene): Tampering {
  const isReset = pick(0, 1) === 1
  return {
    name: `empty${isReset ? ' and reset the head' : ''}`,
    firstBad: 1,
    apply: async (tx) => {
      await sql`TRUNCATE audit_log`.execute(tx)
      if (isReset) await resetHead(tx, organizationId)
    },
  }
}

/** A row is there a second time, as it is or under an id of its own. */
function insertCopy({ organizationId, rows, pick }: Scene): Tampering {
  const from = pick(1, rows)
  const to = pick(1, rows)
  const id = pick(0, 1) === 1 ? sql`id` : sql`${randomUUID()}::uuid`
  return {
    name: `copy ${from} to ${to}`,
    firstBad: to,
    apply: async (tx) => {
      await sql`INSERT INTO audit_log
        SELECT organization_id, ${to}, ${id}, created_at, actor_kind, actor_id, user_id, surface, ip, user_agent,
          request_id, action, resource_type, resource_id, workspace_id, before, after, previous_hash, hash
        FROM audit_log WHERE organization_id = ${organizationId} AND sequence = ${from}`.execute(tx)
    },
  }
}

/** A row at the end that follows the last one, with a hash made with another key, and a head that fits. */
function appendForged({ organizationId, rows }: Scene): Tampering {
  const hash = createHmac('sha256', 'a guess').update('a row').digest('hex')
  return {
    name: 'append a forged row',
    firstBad: rows + 1,
    apply: async (tx) => {
      await sql`INSERT INTO audit_log
        SELECT organization_id, sequence + 1, ${randomUUID()}::uuid, created_at, actor_kind, actor_id, user_id, surface,
          ip, user_agent, request_id, 'deleteWorkspace', resource_type, resource_id, workspace_id, before, after, hash, ${hash}
        FROM audit_log WHERE organization_id = ${organizationId} AND sequence = ${rows}`.execute(tx)
      await resetHead(tx, organizationId)
    },
  }
}

/** From some row on everything is hashed anew, each row following the one before, without the key. */
function rewrite({ organizationId, rows, pick }: Scene): Tampering {
  const first = pick(1, rows)
  return {
    name: `rewrite from ${first}`,
    firstBad: first,
    apply: async (tx) => {
      await sql`UPDATE audit_log SET hash = encode(sha256((sequence || action)::bytea), 'hex'),
          previous_hash = CASE WHEN sequence = ${first} THEN previous_hash
            ELSE encode(sha256((sequence - 1 || action)::bytea), 'hex') END
        WHERE organization_id = ${organizationId} AND sequence >= ${first}`.execute(tx)
      await resetHead(tx, organizationId)
    },
  }
}

function changeHead({ organizationId, pick }: Scene): Tampering {
  const changes = [
    sql`audit_sequence = audit_sequence + 1`,
    sql`audit_sequence = audit_sequence - 1`,
    sql`audit_hash = reverse(audit_hash) || '0'`,
    sql`audit_hash = ''`,
  ]
  const change = pick(0, changes.length - 1)
  return {
    name: `change the head (${change})`,
    apply: async (tx) => {
      await sql`UPDATE organization_head SET ${changes[change] ?? sql``}
        WHERE organization_id = ${organizationId}`.execute(tx)
    },
  }
}

async function resetHead(tx: Tx, organizationId: string): Promise<void> {
  const last = sql`FROM audit_log WHERE organization_id = ${organizationId} ORDER BY sequence DESC LIMIT 1`
  await sql`UPDATE organization_head
    SET audit_sequence = coalesce((SELECT sequence ${last}), 0), audit_hash = coalesce((SELECT hash ${last}), '')
    WHERE organization_id = ${organizationId}`.execute(tx)
}
