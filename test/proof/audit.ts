import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import type { Schema } from '../../src/store/schema.ts'
import { chooseTampering, liftProtection, type Tampering } from '../contract/audit-tampering.ts'
import { manageAt } from '../e2e/manage.ts'
import { type Gateway, type GatewayOptions, startGateway } from '../harness/gateway-process.ts'
import { seededRandom } from '../harness/power-loss/lose-power.ts'
import { type AuditOutcome, verifyAudit } from '../harness/verify-audit.ts'
import { type Claim, exactly } from './claim.ts'

/*
 * A log that the product wrote is changed by somebody with every right in the database, and the product's own command is
 * asked. After each tampering the log is put back as it was.
 */

export interface AuditSizes {
  tamperings: number
  seed: number
}

export interface AuditRecord extends AuditSizes {
  rows: number
  /** Of the log as it was written: before anything was done, and when all was put back. */
  intact: readonly Verdict[]
  tampered: readonly TamperingRecord[]
}

interface Verdict {
  code: number
  isIntact: boolean
  rowsChecked: number
  /** The row that is named as the first bad one. */
  sequence: number | null
}

export interface TamperingRecord {
  name: string
  /** Undefined where more than one row would be right. */
  firstBad: number | undefined
  verdict: Verdict
}

const CALLS = 12
const OTHER_ORGANIZATION = 'org_other'

export async function proveAudit(sizes: AuditSizes, options: GatewayOptions): Promise<Claim> {
  const gateway = await startGateway(options)
  try {
    for (let call = 0; call < CALLS; call += 1) await makeRows(gateway, call)
    await gateway.stop({ keepData: true })
    return judgeAudit(await tamperAndAsk(gateway, sizes))
  } finally {
    await gateway.stop()
  }
}

/** Things that are made, changed and deleted over HTTP. */
async function makeRows(gateway: Gateway, call: number): Promise<void> {
  const slug = `logged-${call}`
  const { id } = await manageAt(gateway, 'POST', 'workspaces', { name: slug, slug })
  await manageAt(gateway, 'PATCH', `workspaces/${id}`, { name: `renamed ${call}` })
  await gateway.createKey({ name: `key ${call}`, workspace_id: id })
  const gone = await manageAt(gateway, 'POST', 'guardrails', { name: `guardrail ${call}` })
  await manageAt(gateway, 'DELETE', `guardrails/${gone['id']}`)
}

async function tamperAndAsk(gateway: Gateway, { seed, tamperings }: AuditSizes): Promise<AuditRecord> {
  const db = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: gateway.databaseUrl, max: 1 }) }),
  })
  try {
    const { organizationId, rows } = await readLog(db)
    const ask = async () => verdictOf(await verifyAudit(gateway, ['--offline']), organizationId)
    const intact = [await ask()]
    await keepCopy(db)
    const random = seededRandom(seed)
    const pick = (min: number, max: number) => min + Math.floor(random() * (max - min + 1))
    const scene = { organizationId, otherOrganizationId: OTHER_ORGANIZATION, rows, pick }
    const tampered: TamperingRecord[] = []
    for (let round = 0; round < tamperings; round += 1) {
      const tampering = chooseTampering(scene, round)
      await apply(db, tampering)
      tampered.push({ name: tampering.name, firstBad: tampering.firstBad, verdict: await ask() })
      await putBack(db)
    }
    intact.push(await ask())
    return { seed, tamperings, rows, intact, tampered }
  } finally {
    await db.destroy()
  }
}

async function readLog(db: Kysely<Schema>): Promise<{ organizationId: string; rows: number }> {
  const { rows } = await sql<{ organization_id: string; rows: number }>`
    SELECT organization_id, count(*)::int AS rows FROM audit_log GROUP BY 1`.execute(db)
  const [log] = rows
  if (log === undefined || rows.length > 1) throw new Error(`there are logs of ${rows.length} organizations`)
  return { organizationId: log.organization_id, rows: log.rows }
}

async function keepCopy(db: Kysely<Schema>): Promise<void> {
  await sql`INSERT INTO organization VALUES (${OTHER_ORGANIZATION}, 'Other', now())`.execute(db)
  await sql`INSERT INTO organization_head (organization_id) VALUES (${OTHER_ORGANIZATION})`.execute(db)
  await db.transaction().execute(liftProtection)
  await sql`CREATE SCHEMA kept`.execute(db)
  await sql`CREATE TABLE kept.audit_log AS TABLE audit_log`.execute(db)
  await sql`CREATE TABLE kept.organization_head AS TABLE organization_head`.execute(db)
}

async function apply(db: Kysely<Schema>, tampering: Tampering): Promise<void> {
  await db.transaction().execute(tampering.apply)
}

async function putBack(db: Kysely<Schema>): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`TRUNCATE audit_log`.execute(tx)
    await sql`INSERT INTO audit_log SELECT * FROM kept.audit_log`.execute(tx)
    await sql`UPDATE organization_head SET audit_sequence = kept.audit_sequence, audit_hash = kept.audit_hash
      FROM kept.organization_head AS kept WHERE kept.organization_id = organization_head.organization_id`.execute(tx)
  })
}

function verdictOf({ code, data }: AuditOutcome, organizationId: string): Verdict {
  const own = data.find(({ organization_id }) => organization_id === organizationId)
  return {
    code,
    isIntact: own?.is_intact === true,
    rowsChecked: own?.rows_checked ?? 0,
    sequence: own?.fault?.sequence ?? null,
  }
}

/** The code of a log that isn't intact. */
const FOUND = 5

export function judgeAudit({ intact, rows, seed, tampered, tamperings }: AuditRecord): Claim {
  const isFound = ({ verdict }: TamperingRecord) => verdict.code === FOUND && !verdict.isIntact
  const isNamed = ({ firstBad, verdict }: TamperingRecord) => firstBad === undefined || verdict.sequence === firstBad
  const isClean = ({ code, isIntact, rowsChecked }: Verdict) => code === 0 && isIntact && rowsChecked === rows
  const missed = tampered.filter((one) => !isFound(one))
  const misnamed = tampered.filter((one) => isFound(one) && !isNamed(one))
  return {
    name: 'audit',
    guarantee:
      'Whatever is done to the audit log by somebody with every right in the database is found, and the first bad row is named.',
    done: `a log that was written over HTTP, tampered with in PostgreSQL: edits of every column, deletions, swaps, moves, cut ends, copies, forged and rewritten rows, changed heads, seed ${seed}; after each \`switchyard audit verify --offline\``,
    figures: [
      { name: 'rows of the log', value: rows, atLeast: 1 },
      { name: 'tamperings tried', value: tamperings, atLeast: 1 },
      exactly('tamperings found', tampered.length - missed.length, tamperings),
      exactly('of these with another row named', misnamed.length, 0),
      exactly('intact logs found intact', intact.filter(isClean).length, 2),
    ],
    faults: [...missed, ...misnamed].map(
      ({ firstBad, name, verdict }) => `${name}: ${JSON.stringify(verdict)}, first bad row ${firstBad ?? 'any'}`,
    ),
  }
}
