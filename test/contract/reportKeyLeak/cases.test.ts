import { expect, test } from 'vitest'
import { deleteKeys, getKey, updateKeys } from '../../../src/contract/management/keys.ts'
import { LEAK_REPORT_OPERATIONS } from '../../../src/contract/management/leak-report.ts'
import { newSecretKey } from '../../../src/platform/secret-key.ts'
import { auditRows } from '../audit-trail.ts'
import { newKey } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'
import { rotateTo, rotationOf, statusOf } from '../rotation-fixtures.ts'

const PATH = '/api/v1/keys/report-leak'
const { reportKeyLeak } = LEAK_REPORT_OPERATIONS
const ACTION = { action: 'reportKeyLeak' }
const SOURCE = 'https://code.example.com/somebody/repository/file.ts'

async function report(key: string, fields: object = {}) {
  const answer = await send('POST', PATH, { key: null, body: { key, ...fields } })
  return { ...expectAnswer(answer, 202, reportKeyLeak.output), status: answer.status }
}

test('202: a living key is disabled with the answer, and that is on record as nobody known', async () => {
  const { key, data } = await newKey({ limit: 1 })
  expect((await report(key, { source_url: SOURCE })).data).toEqual({ received: true })
  expect(await statusOf(key)).toBe(401)
  const { data: after } = await call(getKey, { hash: data.hash })
  expect(after).toEqual({ ...data, disabled: true, updated_at: expect.any(String) })
  const [row, ...others] = await auditRows({ ...ACTION, resource_id: data.hash })
  expect(others).toEqual([])
  expect(row).toMatchObject({
    actor_kind: 'system',
    actor_id: null,
    user_id: null,
    resource_type: 'key',
    workspace_id: data.workspace_id,
    before: { disabled: false },
    after: { disabled: true, leak: { effect: 'key_disabled', source_url: SOURCE } },
  })
  expect(JSON.stringify(row)).not.toContain(key)
})

test('202 for a management key, which ends too', async () => {
  const { key } = await newKey({ type: 'management' })
  await report(key)
  expect(await statusOf(key)).toBe(401)
})

test('202: an answer tells nobody whether there is such a key', async () => {
  const living = await newKey()
  const deleted = await newKey()
  await call(deleteKeys, { hash: deleted.data.hash })
  const disabled = await newKey()
  await call(updateKeys, { hash: disabled.data.hash, disabled: true })
  const before = (await auditRows(ACTION)).length
  const texts = []
  for (const key of [living.key, living.key, deleted.key, disabled.key, newSecretKey(), 'no key', '☃'.repeat(500)]) {
    const { body, headers, status } = await send('POST', PATH, { key: null, body: { key } })
    const named = [...headers.keys()].filter((name) => name !== 'x-request-id').sort()
    texts.push(JSON.stringify([status, body, named]))
  }
  expect(new Set(texts).size).toBe(1)
  // The living one, and the disabled one, which somebody might have enabled again.
  expect((await auditRows(ACTION)).length).toBe(before + 2)
  expect((await rotationOf(disabled.data.hash)).leaked_at).not.toBeNull()
})

test('202 for an earlier secret in its overlap: it ends, and the present one goes on', async () => {
  const { key, data } = await newKey()
  const { data: rotated, key: present = '' } = await rotateTo(data.hash, { deliver: undefined, overlap_seconds: 600 })
  await report(key)
  expect([await statusOf(key), await statusOf(present)]).toEqual([401, 200])
  expect(await rotationOf(rotated.hash)).toMatchObject({ previous_secrets: [] })
  const [row] = await auditRows({ ...ACTION, resource_id: rotated.hash })
  expect(row?.after).toMatchObject({ disabled: false, leak: { effect: 'secret_ended', source_url: null } })
  await report(present)
  expect(await statusOf(present)).toBe(401)
})

test('202 for the key of the environment, which goes on: nobody could administer anything else', async () => {
  await report(gateway.managementKey)
  expect((await send('GET', '/api/v1/workspaces')).status).toBe(200)
  const [row] = await auditRows(ACTION)
  expect(row?.after).toMatchObject({ disabled: false, leak: { effect: 'none' } })
})

test('202: a key that was reported lives again by rotation alone', async () => {
  const { key, data } = await newKey()
  await report(key)
  expect((await rotationOf(data.hash)).leaked_at).not.toBeNull()
  const revival = await send('PATCH', `/api/v1/keys/${data.hash}`, { body: { disabled: false } })
  expectError(revival, 400, 'disabled: this key was reported as leaked')
  expect(await statusOf(key)).toBe(401)
  const { data: rotated, key: next = '' } = await rotateTo(data.hash, { deliver: undefined })
  expect([await statusOf(key), await statusOf(next)]).toEqual([401, 200])
  expect((await rotationOf(rotated.hash)).leaked_at).toBeNull()
  await call(updateKeys, { hash: rotated.hash, disabled: true })
  await call(updateKeys, { hash: rotated.hash, disabled: false })
})

test.each([
  ['no key', {}, 'key'],
  ['an empty key', { key: '' }, 'key'],
  ['a key that is too long', { key: 'x'.repeat(513) }, 'key'],
  ['a key that is no text', { key: 5 }, 'key'],
  ['a place that is no web address', { key: 'x', source_url: 'javascript:alert(1)' }, 'source_url'],
  ['an unknown field', { key: 'x', hash: 'y' }, 'hash'],
])('400 names the field of %s', async (_name, body, field) => {
  expectError(await send('POST', PATH, { key: null, body }), 400, field)
})

test('429 when one network reports more than 30 times a minute, and then nothing is done', async () => {
  const { key } = await newKey()
  const statuses = new Set<number>()
  for (let count = 0; count < 70 && !statuses.has(429); count += 1) {
    const answer = await send('POST', PATH, { key: null, body: { key: 'no key' } })
    statuses.add(answer.status)
  }
  const answer = await send('POST', PATH, { key: null, body: { key } })
  expectError(answer, 429, 'Too many attempts')
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await statusOf(key)).toBe(200)
})
