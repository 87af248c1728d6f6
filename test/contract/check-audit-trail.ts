import { appendFileSync } from 'node:fs'
import { afterAll, expect, inject } from 'vitest'
import type { AuditLogWire } from '../../src/contract/management/audit.ts'
import { auditFaults } from './audited-calls.ts'
import { recordTraffic, takeTraffic } from './recorded-traffic.ts'

/*
 * Loaded before each file of contract tests: when the file is through, every call that it made of the shared gateway is held
 * against the audit log.
 */

const gateway = inject('gateway')
const PAGE_SIZE = 200

/** What outlives a file, because all files share one worker. */
interface Listening {
  plainFetch: typeof fetch
  /** By organization: the last row that was looked at. */
  seen: Map<string, number>
}

const shared = globalThis as { auditListening?: Listening }
shared.auditListening ??= { plainFetch: recordTraffic(gateway.url), seen: new Map() }
const { plainFetch, seen } = shared.auditListening

const readers = [
  { organizationId: gateway.organizationId, headers: { authorization: `Bearer ${gateway.managementKey}` } },
  {
    organizationId: gateway.other.organizationId,
    headers: { cookie: gateway.other.orgAdmin.cookie, origin: gateway.url },
  },
] as const

async function newRows({ organizationId, headers }: (typeof readers)[number]): Promise<AuditLogWire[]> {
  const rows: AuditLogWire[] = []
  const from = seen.get(organizationId) ?? 0
  let cursor: string | null = ''
  while (cursor !== null) {
    const query = new URLSearchParams({ limit: String(PAGE_SIZE), ...(cursor === '' ? {} : { cursor }) })
    const response = await plainFetch(`${gateway.url}/api/v1/audit-logs?${query}`, { headers })
    expect(response.status).toBe(200)
    const page = (await response.json()) as { data: AuditLogWire[]; next_cursor: string | null }
    rows.push(...page.data.filter(({ sequence }) => sequence > from))
    cursor = page.data.some(({ sequence }) => sequence <= from) ? null : page.next_cursor
  }
  seen.set(organizationId, Math.max(from, ...rows.map(({ sequence }) => sequence)))
  return rows
}

afterAll(async () => {
  const { calls, secrets } = await takeTraffic()
  if (calls.length === 0) return
  const rows = (await Promise.all(readers.map(newRows))).flat()
  appendFileSync(gateway.secretsPath, [...secrets].map((secret) => `${JSON.stringify(secret)}\n`).join(''))
  expect(auditFaults(calls, rows, secrets)).toEqual([])
})
