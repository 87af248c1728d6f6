import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AuditHead } from './audit-chain.ts'
import { AuditHeadFile } from './audit-head-file.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sw-heads-'))
})
afterEach(() => rm(directory, { recursive: true }))

function head(sequence: number, organization_id = 'org_a'): AuditHead {
  return { organization_id, sequence, hash: 'h', created_at: '2026-01-01T00:00:00.000Z', signature: 's' }
}

test('what was noted is there at the next start, once for each length, for its owner alone', async () => {
  const file = new AuditHeadFile(directory)
  expect(file.heads()).toEqual([])
  await file.append([head(1), head(7, 'org_b')])
  await file.append([head(1), head(7, 'org_b')])
  await file.append([head(3), head(7, 'org_b')])
  const noted = [head(1), head(7, 'org_b'), head(3)]
  expect(file.heads()).toEqual(noted)
  expect(new AuditHeadFile(directory).heads()).toEqual(noted)
  expect((await stat(join(directory, 'audit-head.log'))).mode & 0o777).toBe(0o600)
})

test('an empty log has no head worth noting', async () => {
  const file = new AuditHeadFile(directory)
  await file.append([head(0)])
  expect(file.heads()).toEqual([])
})

test('a line torn by a power loss is passed over, and the next one stands on its own', async () => {
  await new AuditHeadFile(directory).append([head(1)])
  await appendFile(join(directory, 'audit-head.log'), '{"organization_id":"org_a","seq')
  const file = new AuditHeadFile(directory)
  expect(file.heads()).toEqual([head(1)])
  await file.append([head(2)])
  expect(new AuditHeadFile(directory).heads()).toEqual([head(1), head(2)])
  expect(await readFile(join(directory, 'audit-head.log'), 'utf8')).toMatch(/"seq\n\{.*\}\n$/)
})
