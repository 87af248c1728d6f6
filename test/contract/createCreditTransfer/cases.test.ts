import { expect, test } from 'vitest'
import { CREDIT_OPERATIONS } from '../../../src/contract/management/credits.ts'
import { deleteWorkspace, updateWorkspace } from '../../../src/contract/management/workspaces.ts'
import { startGateway } from '../../harness/gateway-process.ts'
import { as, newPool, newViewer, poolBalance } from '../credit-fixtures.ts'
import { eventually, NO_UUID, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, newSlug, send, sendTo } from '../request.ts'

const { createCreditGrant, createCreditTransfer } = CREDIT_OPERATIONS

async function transfer(id: string, body: unknown) {
  return await send('POST', `/api/v1/workspaces/${id}/credit-transfers`, { body })
}

test('201 moves credits into the pool and back, and the organization has as much as before', async () => {
  const { id } = await newPool(0)
  await call(createCreditGrant, { amount_usd: 103 })
  const body = { direction: 'to_workspace', amount_usd: 2.000000001, note: 'for May' }
  const { data } = expectAnswer(await transfer(id, body), 201, createCreditTransfer.output)
  expect(data).toEqual({
    id: expect.any(String),
    workspace_id: id,
    direction: 'to_workspace',
    amount_usd: 2.000000001,
    reference: null,
    note: 'for May',
    created_at: expect.stringMatching(/Z$/),
    created_by: null,
  })
  expect(await poolBalance(id)).toBe(2.000000001)
  await call(createCreditTransfer, { id, direction: 'to_organization', amount_usd: 1.5 })
  expect(await poolBalance(id)).toBe(0.500000001)
})

test('201 once for a reference that is sent again', async () => {
  const { id } = await newPool(2)
  const body = { direction: 'to_organization', amount_usd: 1, reference: newSlug() }
  const answers = await Promise.all([transfer(id, body), transfer(id, body), transfer(id, body)])
  expect(new Set(answers.map(({ body: answer }) => JSON.stringify(answer))).size).toBe(1)
  expect(await poolBalance(id)).toBe(1)
})

test('201 for no more than there is, however many ask at once', async () => {
  const { id } = await newPool(1)
  const body = { direction: 'to_organization', amount_usd: 0.4 }
  const answers = await Promise.all(Array.from({ length: 5 }, () => transfer(id, body)))
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 400, 400, 400])
  expect(await poolBalance(id)).toBe(0.2)
})

test('400 for more than there is, and nothing moves', async () => {
  const { id } = await newPool(1)
  const more = { direction: 'to_organization', amount_usd: 1.000000001, reference: newSlug() }
  expectError(await transfer(id, more), 400, 'amount_usd: the pool has only \\$1$')
  expectError(await transfer(id, { direction: 'to_workspace', amount_usd: 1e6 }), 400, 'the organization has only')
  expect(await poolBalance(id)).toBe(1)
  expect((await transfer(id, { ...more, amount_usd: 1 })).status).toBe(201)
})

test('400 for a workspace without a pool', async () => {
  const { id } = await newWorkspace()
  expectError(await transfer(id, { direction: 'to_workspace', amount_usd: 1 }), 400, 'id: .* no pool')
})

test.each([
  ['no amount', { direction: 'to_workspace' }, 'amount_usd'],
  ['nothing', { direction: 'to_workspace', amount_usd: 0 }, 'amount_usd'],
  ['a negative amount', { direction: 'to_workspace', amount_usd: -1 }, 'amount_usd'],
  ['no direction', { amount_usd: 1 }, 'direction'],
  ['another direction', { direction: 'out', amount_usd: 1 }, 'direction'],
  ['an empty reference', { direction: 'to_workspace', amount_usd: 1, reference: '' }, 'reference'],
])('400 for %s', async (_name, body, named) => {
  expectError(await transfer('default', body), 400, named)
})

test('400 for a pool with money in it that is to be shared or deleted', async () => {
  const { id } = await newPool(1)
  const shared = await send('PATCH', `/api/v1/workspaces/${id}`, { body: { credit_pool: 'shared' } })
  expectError(shared, 400, 'credit_pool: the pool still has \\$1')
  expectError(await send('DELETE', `/api/v1/workspaces/${id}`), 400, 'the pool still has')
  await call(createCreditTransfer, { id, direction: 'to_organization', amount_usd: 1 })
  await call(updateWorkspace, { id, credit_pool: 'shared', reserved_usd: 3 })
  await call(deleteWorkspace, { id })
})

test('400 for a reserve of the shared balance beside a pool, 403 for a member who sets either', async () => {
  const { id } = await newPool(0)
  expectError(await send('PATCH', `/api/v1/workspaces/${id}`, { body: { reserved_usd: 1 } }), 400, 'reserved_usd')
  const path = `/api/v1/workspaces/${gateway.teamWorkspaceId}`
  for (const body of [{ reserved_usd: 1 }, { credit_pool: 'dedicated' }])
    expectError(await send('PATCH', path, as(gateway.sessions.admin, body)), 403, 'credit:transfer')
  expect((await send('PATCH', path, as(gateway.sessions.admin, { require_project: false }))).status).toBe(200)
})

test('404 for a Viewer of the workspace, who sees nothing of its credits', async () => {
  const viewer = await newViewer()
  const path = `/api/v1/workspaces/${viewer.workspaceId}/credit-transfers`
  const body = { direction: 'to_workspace', amount_usd: 1 }
  expectError(await send('POST', path, as(viewer, body)), 404, 'Workspace not found')
})

test('404 for a workspace that is not there', async () => {
  expectError(await transfer(NO_UUID, { direction: 'to_workspace', amount_usd: 1 }), 404, 'Workspace not found')
})

test('409 for a reference that moved something else', async () => {
  const { id } = await newPool(2)
  const reference = newSlug()
  await call(createCreditTransfer, { id, direction: 'to_organization', amount_usd: 1, reference })
  expectError(await transfer(id, { direction: 'to_organization', amount_usd: 0.5, reference }), 409, 'reference')
  expectError(await transfer(id, { direction: 'to_workspace', amount_usd: 1, reference }), 409, 'reference')
  expect(await poolBalance(id)).toBe(1)
})

test('201, and then what the workspace is charged leaves its pool, and nothing else; what others reserve stays', async () => {
  const env = { SWITCHYARD_SIM: 'on', SWITCHYARD_BILLING: 'prepaid', SWITCHYARD_INITIAL_CREDITS_USD: '5' }
  await using own = await startGateway({ env })
  const ask = async (method: string, path: string, body?: object) => {
    const answer = await sendTo(own, method, `/api/v1/${path}`, body === undefined ? {} : { body })
    return answer.body as { data: { id: string }; key: string; balance_usd: number }
  }
  const fields = { name: 'Pool', slug: 'pool', credit_pool: 'dedicated' }
  const { id } = (await ask('POST', 'workspaces', fields)).data
  const path = `workspaces/${id}/credit-transfers`
  await ask('POST', path, { direction: 'to_workspace', amount_usd: 2 })
  const { key } = await ask('POST', 'keys', { name: 'key', workspace_id: id })
  const message = { model: 'sim/lorem', max_tokens: 20, messages: [{ role: 'user', content: 'one two three' }] }
  const chat = await sendTo(own, 'POST', '/api/v1/chat/completions', { key, body: message })
  const { cost } = (chat.body as { usage: { cost: number } }).usage
  const { balance_usd } = await eventually(
    () => ask('GET', path),
    ({ balance_usd: left }) => left < 2,
  )
  expect(balance_usd).toBe(Number((2 - cost).toFixed(9)))
  expect(await ask('GET', 'credits')).toEqual({ data: { total_credits: 5, total_usage: cost } })
  const rest = await sendTo(own, 'POST', `/api/v1/${path}`, { body: { direction: 'to_workspace', amount_usd: 4 } })
  expectError(rest, 400, 'amount_usd: the organization has only \\$3$')
  await ask('POST', 'workspaces', { name: 'Kept', slug: 'kept', reserved_usd: 2 })
  const taking = (amount_usd: number) =>
    sendTo(own, 'POST', `/api/v1/${path}`, { body: { direction: 'to_workspace', amount_usd } })
  expectError(await taking(1.000000001), 400, 'amount_usd: the organization has only \\$1$')
  expect((await taking(1)).status).toBe(201)
})
