import { expect, test } from 'vitest'
import { ALERT_RULES_MAX } from '../../../src/contract/management/alerts.ts'
import { asDeveloper, BUDGET, createAlertRule, newChannel, newRule, RULES } from '../alert-fixtures.ts'
import { auditRows } from '../audit-trail.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { expectAnswer, expectError, gateway, send } from '../request.ts'

test('201 makes one with thresholds at 80 and 100 %, for the administrators and the owners of keys, and that is on record', async () => {
  const { id: workspace_id } = await newWorkspace()
  const body = { name: ' Budgets ', condition: { kind: 'budget' }, workspace_id }
  const { data } = expectAnswer(await send('POST', RULES, { body }), 201, createAlertRule.output)
  expect(data).toEqual({
    id: expect.any(String),
    workspace_id,
    user_id: null,
    name: 'Budgets',
    enabled: true,
    condition: { kind: 'budget', thresholds: [80, 100] },
    recipients: ['organization_admins', 'workspace_admins', 'key_owner'],
    channel_ids: [],
    created_at: expect.stringMatching(/Z$/),
    created_by: null,
    updated_at: data.created_at,
  })
  expect(await auditRows({ resource_id: data.id })).toMatchObject([
    { action: 'createAlertRule', workspace_id, after: data },
  ])
})

test('201 keeps what is given, each recipient, threshold and channel once', async () => {
  const { id: workspace_id } = await newWorkspace()
  const { id: channel } = await newChannel({ workspace_id })
  const body = {
    name: 'Keys',
    condition: { kind: 'key_limit', thresholds: [90, 50, 90] },
    recipients: ['key_owner', 'workspace_admins', 'key_owner'],
    channel_ids: [channel, channel.toUpperCase()],
    enabled: false,
    workspace_id,
  }
  const { data } = expectAnswer(await send('POST', RULES, { body }), 201, createAlertRule.output)
  expect(data).toMatchObject({
    condition: { kind: 'key_limit', thresholds: [50, 90] },
    recipients: ['workspace_admins', 'key_owner'],
    channel_ids: [channel],
    enabled: false,
  })
})

test('201 for the whole organization with workspace_id null, for the default workspace without it', async () => {
  const condition = { kind: 'low_balance' }
  const whole = await send('POST', RULES, { body: { name: 'Low', condition, workspace_id: null } })
  const { data } = expectAnswer(whole, 201, createAlertRule.output)
  expect(data).toMatchObject({ workspace_id: null, condition: { kind: 'low_balance', below_usd: 100 } })
  expect((await newRule()).workspace_id).toBe(gateway.defaultWorkspaceId)
})

test('201 for a developer makes a rule of their own, which tells only them of what is theirs', async () => {
  const place = { workspace_id: gateway.teamWorkspaceId }
  const body = { name: 'Mine', condition: BUDGET, ...place }
  const { data } = expectAnswer(await send('POST', RULES, { ...asDeveloper(), body }), 201, createAlertRule.output)
  const { userId } = gateway.sessions.developer
  expect(data).toMatchObject({ user_id: userId, created_by: userId, recipients: ['key_owner'] })
  const shared = await newChannel(place)
  for (const [change, named] of [
    [{ recipients: ['workspace_admins'] }, 'recipients'],
    [{ condition: { kind: 'low_balance' } }, 'condition'],
    [{ channel_ids: [shared.id] }, 'channel_ids'],
  ] as const) {
    expectError(await send('POST', RULES, { ...asDeveloper(), body: { ...body, ...change } }), 400, named)
  }
})

test.each([
  ['no name', { condition: BUDGET }, 'name'],
  ['an empty name', { name: ' ', condition: BUDGET }, 'name'],
  ['no condition', { name: 'rule' }, 'condition'],
  ['a kind that there is not', { name: 'rule', condition: { kind: 'weather' } }, 'condition'],
  ['a field of another kind', { name: 'rule', condition: { kind: 'budget', below_usd: 5 } }, 'below_usd'],
  ['a threshold above the limit', { name: 'rule', condition: { kind: 'pool', thresholds: [101] } }, 'thresholds'],
  ['a threshold of nothing', { name: 'rule', condition: { kind: 'pool', thresholds: [0] } }, 'thresholds'],
  ['no threshold', { name: 'rule', condition: { kind: 'budget', thresholds: [] } }, 'thresholds'],
  ['a balance of nothing', { name: 'rule', condition: { kind: 'low_balance', below_usd: 0 } }, 'below_usd'],
  [
    'countries, which are not known here',
    { name: 'rule', condition: { kind: 'new_network', by: 'country' } },
    'GEOIP_DB',
  ],
  [
    'what is of the organization as a whole, by a rule of a workspace',
    { name: 'rule', condition: { kind: 'unconfirmed_lease' } },
    'workspace_id must be null',
  ],
  ['a recipient that there is not', { name: 'rule', condition: BUDGET, recipients: ['everybody'] }, 'recipients'],
  ['a channel that is not there', { name: 'rule', condition: BUDGET, channel_ids: [NO_UUID] }, 'channel_ids'],
  ['a channel that is no id', { name: 'rule', condition: BUDGET, channel_ids: ['slack'] }, 'channel_ids'],
])('400 for %s', async (_name, body, named) => {
  expectError(await send('POST', RULES, { body }), 400, named)
})

test('400 for a channel of another workspace or of the organization, which the rule is not of', async () => {
  const [here, there] = [await newWorkspace(), await newWorkspace()]
  for (const workspace_id of [there.id, null]) {
    const { id } = await newChannel({ workspace_id })
    const body = { name: 'rule', condition: BUDGET, workspace_id: here.id, channel_ids: [id] }
    expectError(await send('POST', RULES, { body }), 400, `channel_ids: ${id}`)
  }
})

test('404 for a workspace that is not there, and for a developer one that is not theirs', async () => {
  const body = { name: 'rule', condition: BUDGET }
  expectError(await send('POST', RULES, { body: { ...body, workspace_id: NO_UUID } }), 404, 'Workspace not found')
  const { id } = await newWorkspace()
  expectError(
    await send('POST', RULES, { ...asDeveloper(), body: { ...body, workspace_id: id } }),
    404,
    'Workspace not',
  )
})

test(`409 for more than ${ALERT_RULES_MAX} in one workspace`, async () => {
  const { id: workspace_id } = await newWorkspace()
  for (let count = 0; count < ALERT_RULES_MAX; count += 1) await newRule({ workspace_id })
  const body = { name: 'one more', condition: BUDGET, workspace_id }
  expectError(await send('POST', RULES, { body }), 409, String(ALERT_RULES_MAX))
})
