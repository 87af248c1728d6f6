import { type Kysely, sql } from 'kysely'
import { duePeriods } from '../domain/invoice-periods.ts'
import { windowStart } from '../domain/windows.ts'
import { newUuid } from '../platform/ids.ts'
import { lockOrganization } from './queries/changes.ts'
import { type Schema, type Tx, toIso } from './schema.ts'

export interface IssuedInvoice {
  organizationId: string
  number: number
  /** The first day of the month. */
  period: string
}

/**
 * Issues what is due: for every organization an invoice for each month that was over at `settledAt` and has charges, or late
 * charges of earlier months, that are on no invoice. Charges that come in meanwhile are on it or on a later one, never on two
 * and never on none.
 */
export async function issueInvoices(
  db: Kysely<Schema>,
  { now, settledAt }: { now: number; settledAt: number },
): Promise<IssuedInvoice[]> {
  const closed = windowStart('monthly', settledAt)
  const owing = await db
    .selectFrom('monthly_usage')
    .select('organization_id')
    .distinct()
    .where('month', '<', closed)
    .whereRef('usage_nano', '>', 'invoiced_nano')
    .execute()
  const issued: IssuedInvoice[] = []
  for (const { organization_id: organizationId } of owing) {
    const made = await db.transaction().execute((tx) => issueOf(tx, organizationId, { closed, now }))
    issued.push(...made)
  }
  return issued
}

async function issueOf(
  tx: Tx,
  organizationId: string,
  { closed, now }: { closed: string; now: number },
): Promise<IssuedInvoice[]> {
  await lockOrganization(tx, organizationId)
  const newest = await tx
    .selectFrom('invoice')
    .select(({ fn }) => [fn.max('number').as('number'), fn.max('period').as('period')])
    .where('organization_id', '=', organizationId)
    .executeTakeFirstOrThrow()
  const owed = await tx
    .selectFrom('monthly_usage')
    .select('month')
    .distinct()
    .where('organization_id', '=', organizationId)
    .whereRef('usage_nano', '>', 'invoiced_nano')
    .execute()
  const months = owed.map(({ month }) => month)
  const issued: IssuedInvoice[] = []
  for (const period of duePeriods(months, newest.period, closed)) {
    const invoice = { organizationId, number: (newest.number ?? 0) + issued.length + 1, period }
    await insertInvoice(tx, invoice, now)
    issued.push(invoice)
  }
  return issued
}

/** One statement, so that what counts as invoiced is what stands on the lines, whatever is charged meanwhile. */
async function insertInvoice(tx: Tx, { organizationId, number, period }: IssuedInvoice, now: number): Promise<void> {
  const id = newUuid()
  await sql`
    WITH due AS (
      SELECT month, workspace_id, model, usage_nano, requests, prompt_tokens, completion_tokens, invoiced_nano,
        invoiced_requests, invoiced_prompt_tokens, invoiced_completion_tokens
      FROM monthly_usage
      WHERE organization_id = ${organizationId} AND month <= ${period}::date AND usage_nano > invoiced_nano
    ), billed AS (
      UPDATE monthly_usage AS usage
      SET invoiced_nano = due.usage_nano, invoiced_requests = due.requests,
        invoiced_prompt_tokens = due.prompt_tokens, invoiced_completion_tokens = due.completion_tokens
      FROM due
      WHERE usage.organization_id = ${organizationId} AND usage.month = due.month
        AND usage.workspace_id = due.workspace_id AND usage.model = due.model
    ), made AS (
      INSERT INTO invoice (id, organization_id, number, period, total_nano, issued_at)
      SELECT ${id}::uuid, ${organizationId}, ${number}::integer, ${period}::date, sum(usage_nano - invoiced_nano),
        ${toIso(now)}::timestamptz
      FROM due
    )
    INSERT INTO invoice_line (organization_id, invoice_id, position, workspace_id, workspace_name, model, month, amount_nano,
      requests, prompt_tokens, completion_tokens)
    SELECT ${organizationId}, ${id}::uuid,
      row_number() OVER (ORDER BY month, workspace.name, due.workspace_id, model), due.workspace_id,
      coalesce(workspace.name, due.workspace_id::text), model, month, usage_nano - invoiced_nano,
      requests - invoiced_requests, prompt_tokens - invoiced_prompt_tokens, completion_tokens - invoiced_completion_tokens
    FROM due LEFT JOIN workspace ON workspace.id = due.workspace_id`.execute(tx)
}
