import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { withDatabase } from './stored-data.ts'

/*
 * S10, the part that the chain alone can't show: the end of the log is cut off, and everything in the database is made to fit.
 */

let gateway: Gateway
afterEach(async () => void (await gateway?.stop()))

interface Verdict {
  is_intact: boolean
  heads_checked: number
  fault: { reason: string; sequence: number } | null
}

async function verify(): Promise<Verdict> {
  const { status, body } = await gateway.call('POST', '/api/v1/audit-logs/verify', { body: {} })
  expect(status).toBe(200)
  return (body as { data: Verdict }).data
}

function notedHeads(): { sequence: number }[] {
  const text = readFileSync(join(gateway.dataDir, 'audit-head.log'), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { sequence: number })
}

test('S10: a log whose end was cut off and whose head was reset is found by the heads in the data directory', async () => {
  gateway = await startGateway()
  for (const name of ['a', 'b', 'c']) await gateway.createKey({ name })
  await gateway.restart()
  expect(notedHeads().at(-1)).toMatchObject({ sequence: 3 })
  expect(await verify()).toMatchObject({ is_intact: true, fault: null })
  await withDatabase(gateway, async ({ kysely }) => {
    await sql`ALTER TABLE audit_log DISABLE TRIGGER USER`.execute(kysely)
    await sql`DELETE FROM audit_log WHERE sequence > 1`.execute(kysely)
    await sql`UPDATE organization_head SET audit_sequence = 1, audit_hash = (SELECT hash FROM audit_log)`.execute(
      kysely,
    )
    await sql`ALTER TABLE audit_log ENABLE TRIGGER USER`.execute(kysely)
  })
  expect(await verify()).toMatchObject({ is_intact: false, fault: { reason: 'truncated', sequence: 2 } })
  // Filled up again by later actions, it is still not what was noted.
  for (const name of ['d', 'e', 'f']) await gateway.createKey({ name })
  expect(await verify()).toMatchObject({ is_intact: false, fault: { reason: 'head_differs', sequence: 3 } })
})
