import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestStore, STORE_MODES } from '../../test/harness/test-store.ts'
import { newUuid } from '../platform/ids.ts'
import type { Database } from './database.ts'
import { issueInvoices } from './issue-invoices.ts'
import { postGenerations } from './post-generations.ts'

const WORKSPACES = [newUuid(), newUuid(), newUuid()]
const MODELS = ['a/one', 'b/two', 'c/three']
const AUGUST = Date.UTC(2026, 7, 1)
const SEPTEMBER = Date.UTC(2026, 8, 1)
const OCTOBER = Date.UTC(2026, 9, 1)
const NOVEMBER = Date.UTC(2026, 10, 1)

/** The same numbers at each run. */
let seed = 20_260_831
function random(below: number): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff
  return seed % below
}

let made = 0
function generation(organizationId: string, atMs: number, cost: number) {
  made += 1
  const id = `gen-${Math.floor(atMs / 1_000)}-${String(made).padStart(20, '0')}`
  const record = {
    id,
    requestId: `req-${made}`,
    organizationId,
    workspaceId: WORKSPACES[random(3)],
    keyId: String(random(5)),
    userId: null,
    apiType: 'completions',
    model: MODELS[random(3)],
    endpointId: `endpoint-${random(2)}`,
    providerName: 'Some',
    upstreamId: null,
    streamed: false,
    cancelled: false,
    outcome: 'done',
    usage: { promptTokens: 10, completionTokens: 5, reasoningTokens: 0, cachedTokens: 0 },
    usageEstimated: false,
    usageRaw: null,
    cost: String(cost),
    promptCost: '0',
    uncharged: '0',
    upstreamCost: null,
    priceVersion: 'v1',
    attempts: [],
    origin: '',
    replicaId: 'here',
  }
  return { id, json: Buffer.from(JSON.stringify(record)) }
}

describe.each(STORE_MODES)('on the %s database', (mode) => {
  let database: Database
  let close: () => Promise<void>

  beforeAll(async () => {
    const store = await openTestStore(mode)
    database = store.database
    close = store.close
  })
  afterAll(() => close())

  const run = <T = { n: bigint }>(query: string) => sql.raw<T>(query).execute(database.kysely)
  const one = async (query: string): Promise<bigint> => (await run(query)).rows[0]?.n ?? 0n

  async function newOrganization(id: string): Promise<string> {
    await run(`INSERT INTO organization (id, name, created_at) VALUES ('${id}', '${id}', now())`)
    await run(`INSERT INTO organization_head (organization_id) VALUES ('${id}')`)
    return id
  }
  const post = (organizationId: string, ...charges: [atMs: number, cost: number][]) =>
    postGenerations(
      database.kysely,
      charges.map(([atMs, cost]) => generation(organizationId, atMs, cost)),
      false,
    )
  const issue = (settledAt: number) => issueInvoices(database.kysely, { now: settledAt, settledAt })
  const invoices = async (organizationId: string) =>
    (
      await run<{ line: string }>(`SELECT concat_ws(' ', number, period, total_nano) AS line FROM invoice
        WHERE organization_id = '${organizationId}' ORDER BY number`)
    ).rows.map(({ line }) => line)
  const charged = (organizationId: string, before: number) =>
    one(`SELECT coalesce(sum(amount_nano), 0)::bigint AS n FROM ledger_entry WHERE kind = 'charge'
      AND credit_account = 'revenue:${organizationId}' AND created_at < '${new Date(before).toISOString()}'`)
  const invoiced = (organizationId: string) =>
    one(
      `SELECT coalesce(sum(amount_nano), 0)::bigint AS n FROM invoice_line WHERE organization_id = '${organizationId}'`,
    )

  test('a charge belongs to the month of its second, and a month that is over gets one invoice', async () => {
    const id = await newOrganization('org_boundary')
    await post(id, [SEPTEMBER - 1_000, 7], [SEPTEMBER, 11], [OCTOBER - 1, 13], [OCTOBER, 17])
    expect(await issue(SEPTEMBER - 1)).toEqual([])
    expect(await issue(OCTOBER - 1)).toEqual([{ organizationId: id, number: 1, period: '2026-08-01' }])
    await issue(OCTOBER)
    await issue(OCTOBER)
    expect(await invoices(id)).toEqual(['1 2026-08-01 7', '2 2026-09-01 24'])
  })

  test('charges that come late for an invoiced month are on the next invoice, once', async () => {
    const id = await newOrganization('org_late')
    await post(id, [AUGUST, 100])
    await issue(SEPTEMBER)
    await post(id, [AUGUST + 5_000, 30])
    await issue(SEPTEMBER)
    expect(await invoices(id)).toEqual(['1 2026-08-01 100'])
    await issue(OCTOBER)
    await post(id, [AUGUST + 6_000, 5], [OCTOBER, 2])
    await issue(NOVEMBER)
    expect(await invoices(id)).toEqual(['1 2026-08-01 100', '2 2026-09-01 30', '3 2026-10-01 7'])
  })

  test('after random traffic the invoices are the charges of the ledger to the nano-dollar, also while more comes in', async () => {
    const id = await newOrganization('org_random')
    const months = [AUGUST, SEPTEMBER, OCTOBER, NOVEMBER]
    for (const [at, month] of months.entries()) {
      const next = months[at + 1] ?? NOVEMBER + 1e9
      const charges = Array.from({ length: 400 }, (): [number, number] => [
        AUGUST + random((next - AUGUST) / 1_000) * 1_000,
        random(5) === 0 ? 0 : random(2_000_000_000),
      ])
      await Promise.all([
        post(id, ...charges.slice(0, 200)),
        issue(month),
        post(id, ...charges.slice(200)),
        issue(month),
      ])
    }
    await issue(NOVEMBER)
    await issue(Date.UTC(2026, 11, 1))
    await issue(Date.UTC(2027, 0, 1))
    expect(await invoiced(id)).toBe(await charged(id, Date.UTC(2027, 0, 1)))
    expect(await one(`SELECT count(*) AS n FROM invoice_line WHERE organization_id = '${id}'`)).toBeGreaterThan(20n)
    const numbers = (await invoices(id)).map((line) => Number(line.split(' ')[0]))
    expect(numbers).toEqual(numbers.map((_, at) => at + 1))
    expect(await one(`SELECT sum(total_nano)::bigint AS n FROM invoice WHERE organization_id = '${id}'`)).toBe(
      await invoiced(id),
    )
  })

  test('several who issue at once issue each month once', async () => {
    const id = await newOrganization('org_race')
    await post(id, [AUGUST, 1], [SEPTEMBER, 2])
    await Promise.all(Array.from({ length: 5 }, () => issue(OCTOBER)))
    expect(await invoices(id)).toEqual(['1 2026-08-01 1', '2 2026-09-01 2'])
  })

  test.each([
    "UPDATE invoice SET total_nano = 1 WHERE organization_id = 'org_late'",
    "DELETE FROM invoice WHERE organization_id = 'org_late'",
    "UPDATE invoice_line SET amount_nano = 1 WHERE organization_id = 'org_late'",
    "DELETE FROM invoice_line WHERE organization_id = 'org_late'",
    'TRUNCATE invoice_line',
    `INSERT INTO invoice_line SELECT organization_id, invoice_id, position + 100, workspace_id, workspace_name, model, month,
      amount_nano, requests, prompt_tokens, completion_tokens FROM invoice_line WHERE organization_id = 'org_late'`,
  ])('what was issued stays as it is: %s', async (statement) => {
    const before = await invoices('org_late')
    await expect(run(statement)).rejects.toThrow('an issued invoice never changes')
    expect(await invoices('org_late')).toEqual(before)
  })
})
