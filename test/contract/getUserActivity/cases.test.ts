import { expect, test } from 'vitest'
import { getUserActivity } from '../../../src/contract/management/activity.ts'
import { deleteKeys } from '../../../src/contract/management/keys.ts'
import { eventually, NO_HASH, NO_UUID, newKey, newWorkspace, spend } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const PATH = '/api/v1/activity'
const DAY_MS = 86_400_000

function date(daysFromNow: number): string {
  return new Date(Date.now() + daysFromNow * DAY_MS).toISOString().slice(0, 10)
}

test('200 sums a key over a day by model and endpoint, with exactly the declared keys', async () => {
  const { key, data } = await newKey({ creator_user_id: gateway.userId })
  const spent = [await spend(key), await spend(key), await spend(key)]
  const query = { date: date(0), api_key_hash: data.hash }
  await eventually(
    () => call(getUserActivity, query),
    (answer) => answer.data[0]?.requests === 3,
  )
  const answer = await send('GET', `${PATH}?${new URLSearchParams(query)}`)
  const sum = (of: (one: (typeof spent)[number]) => number) => spent.reduce((total, one) => total + of(one), 0)
  expect(expectAnswer(answer, 200, getUserActivity.output).data).toEqual([
    {
      date: query.date,
      model: 'sim/lorem',
      model_permaslug: 'sim/lorem',
      endpoint_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      provider_name: 'Switchyard Sim',
      usage: Number(sum(({ cost }) => cost).toFixed(9)),
      byok_usage_inference: 0,
      requests: 3,
      prompt_tokens: sum(({ promptTokens }) => promptTokens),
      completion_tokens: sum(({ completionTokens }) => completionTokens),
      reasoning_tokens: 0,
    },
  ])
  await call(deleteKeys, { hash: data.hash })
  expect((await call(getUserActivity, query)).data).toHaveLength(1)
})

test('200 filters by workspace and by member, and groups by workspace when asked to', async () => {
  const { id } = await newWorkspace()
  await spend((await newKey({ workspace_id: id, creator_user_id: gateway.userId })).key)
  const day = date(0)
  const inWorkspace = await eventually(
    () => call(getUserActivity, { date: day, workspace_id: id, group_by: 'workspace' }),
    ({ data }) => data.length > 0,
  )
  expect(inWorkspace.data).toMatchObject([{ workspace_id: id, requests: 1 }])
  const grouped = await call(getUserActivity, { date: day, group_by: 'workspace', user_id: gateway.userId })
  expect(grouped.data.map((row) => row.workspace_id)).toContain(id)
  const plain = await call(getUserActivity, { date: day, workspace_id: id })
  expect(plain.data).toHaveLength(1)
  expect(plain.data[0]).not.toHaveProperty('workspace_id')
  expect((await call(getUserActivity, { date: day, user_id: 'user_stranger' })).data).toEqual([])
})

test('200 without a date shows completed days only', async () => {
  await spend((await newKey()).key)
  expect((await call(getUserActivity, {})).data.map((row) => row.date)).not.toContain(date(0))
  expect((await send('GET', `${PATH}?date=${date(-30)}`)).status).toBe(200)
})

test.each([
  ['a day before the last 30', date(-31)],
  ['tomorrow', date(1)],
  ['30 February', '2026-02-30'],
  ['no date', 'today'],
  ['another format', '01/02/2026'],
])('400 names the date that is %s', async (_name, text) => {
  expectError(await send('GET', `${PATH}?${new URLSearchParams({ date: text })}`), 400, 'date')
})

test.each([
  ['group_by=model', 'group_by'],
  ['workspace_id=default', 'workspace_id'],
  ['limit=5', 'limit'],
])('400 names what is wrong in ?%s', async (query, name) => {
  expectError(await send('GET', `${PATH}?${query}`), 400, name)
})

test.each([
  ['workspace', `workspace_id=${NO_UUID}`],
  ['key', `api_key_hash=${NO_HASH}`],
])('404 for an unknown %s', async (_name, query) => {
  expectError(await send('GET', `${PATH}?${query}`), 404, 'not found')
})
