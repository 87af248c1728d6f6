import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, expect, test } from 'vitest'
import { openDatabase } from '../../src/store/database.ts'
import type { Db } from '../../src/store/schema.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { verifyAudit } from '../harness/verify-audit.ts'

/*
 * `switchyard audit verify` on the store itself, and against heads that were kept elsewhere: S10 with the real program.
 */

let gateway: Gateway
afterEach(async () => void (await gateway?.stop()))

const verify = (args: readonly string[], env?: NodeJS.ProcessEnv) => verifyAudit(gateway, args, env)

/** A gateway with a log of four rows, the last of which was made after the head in the file; stopped. */
async function startAndStop(): Promise<{ head: string }> {
  gateway = await startGateway()
  for (const name of ['a', 'b', 'c']) await gateway.createKey({ name })
  const kept = await gateway.call('POST', '/api/v1/audit-logs/verify', { body: {} })
  const head = join(gateway.dataDir, '..', 'kept-head.json')
  writeFileSync(head, JSON.stringify(kept.body))
  await gateway.stop({ keepData: true })
  return { head }
}

async function tamper(work: (db: Db) => Promise<unknown>): Promise<void> {
  const database = await openDatabase({
    databaseUrl: gateway.databaseUrl,
    dataDir: gateway.dataDir,
    onWarning: () => {},
    onLockLost: () => {},
  })
  await sql`ALTER TABLE audit_log DISABLE TRIGGER USER`.execute(database.kysely)
  await work(database.kysely)
  await sql`ALTER TABLE audit_log ENABLE TRIGGER USER`.execute(database.kysely)
  await database.close()
}

/** Cuts the end off so that everything in the database fits. */
const cutAfter = (rows: number) => async (db: Db) => {
  await sql`DELETE FROM audit_log WHERE sequence > ${rows}`.execute(db)
  await sql`UPDATE organization_head SET audit_sequence = ${rows},
    audit_hash = (SELECT hash FROM audit_log WHERE sequence = ${rows})`.execute(db)
}

test('S10 offline: 0 for an intact log with its count and head, 3 while the gateway runs, and nothing is changed', async () => {
  const { head } = await startAndStop()
  for (const args of [['--offline', '--head', head], ['--offline']]) {
    const { code, data } = await verify(args)
    expect({ code, data }).toEqual({
      code: 0,
      data: [
        {
          organization_id: expect.stringMatching(/^org_/),
          is_intact: true,
          rows_checked: 4,
          heads_checked: expect.any(Number),
          fault: null,
          head: expect.objectContaining({ sequence: 4, hash: expect.stringMatching(/^[0-9a-f]{64}$/) }),
        },
      ],
    })
  }
  await gateway.restart()
  const busy = await verify(['--offline'])
  expect(busy).toMatchObject({ code: 3, data: [] })
  expect(busy.stderr).toMatch(/^.+\n$/)
  expect(await verify(['--head', head])).toMatchObject({ code: 0, data: [{ rows_checked: 4 }] })
})

test('S10 offline: 5 with the first bad row, when a row was edited and when its end was cut off', async () => {
  const { head } = await startAndStop()
  await tamper((db) => sql`UPDATE audit_log SET action = 'another' WHERE sequence = 2`.execute(db))
  const edited = await verify(['--offline'])
  expect(edited).toMatchObject({ code: 5, data: [{ fault: { reason: 'row_changed', sequence: 2 } }] })
  expect(edited.stderr).toContain('Row 2 is not as it was written')
  await tamper((db) => sql`UPDATE audit_log SET action = 'createKeys' WHERE sequence = 2`.execute(db))

  // The head in the data directory tells of it; when that is gone, too, only one kept elsewhere does.
  await tamper(cutAfter(2))
  const cut = { code: 5, data: [{ fault: { reason: 'truncated', sequence: 3 } }] }
  expect(await verify(['--offline'])).toMatchObject(cut)
  const noted = join(gateway.dataDir, 'audit-head.log')
  const copy = join(gateway.dataDir, '..', 'copy-of-heads.log')
  writeFileSync(copy, readFileSync(noted))
  rmSync(noted)
  expect(await verify(['--offline'])).toMatchObject({ code: 0, data: [{ rows_checked: 2 }] })
  expect(await verify(['--offline', '--head', copy])).toMatchObject(cut)
  await gateway.restart()
  expect(await verify(['--head', head])).toMatchObject(cut)
})

test('S10 offline: an organization whose log is gone altogether is found by its head', async () => {
  await startAndStop()
  await tamper(async (db) => {
    await sql`DELETE FROM audit_log`.execute(db)
    await sql`UPDATE organization_head SET audit_sequence = 0, audit_hash = ''`.execute(db)
  })
  expect(await verify(['--offline'])).toMatchObject({
    code: 5,
    data: [{ fault: { reason: 'truncated', sequence: 1 } }],
  })
})

test('offline: what cannot be verified is said in a sentence, and never takes an intact log for a bad one', async () => {
  const { head } = await startAndStop()
  const other = await verify(['--offline'], { SWITCHYARD_SECRET: 'another-secret-of-at-least-32-letters' })
  expect(other).toMatchObject({ code: 1, data: [], stderr: expect.stringMatching(/^SWITCHYARD_SECRET is not .*\n$/) })
  const nowhere = join(gateway.dataDir, 'nowhere')
  const missing = { SWITCHYARD_DATA_DIR: nowhere, DATABASE_URL: undefined }
  expect(await verify(['--offline'], missing)).toMatchObject({ code: 1, stderr: expect.stringContaining(nowhere) })
  const withSecret = { ...missing, SWITCHYARD_SECRET: 'another-secret-of-at-least-32-letters' }
  expect(await verify(['--offline'], withSecret)).toMatchObject({ code: 3, stderr: expect.stringContaining(nowhere) })
  writeFileSync(head, '{"data": []}')
  expect(await verify(['--offline', '--head', head])).toMatchObject({ code: 2, stderr: expect.stringContaining(head) })
  expect(await verify(['--offline', '--head', nowhere])).toMatchObject({ code: 2 })
})
