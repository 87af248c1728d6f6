import { expect, test } from 'vitest'
import { ALERT_CHANNELS_MAX } from '../../../src/contract/management/alert-channels.ts'
import { asDeveloper, CHANNELS, createAlertChannel, newChannel, SLACK, WEBHOOK } from '../alert-fixtures.ts'
import { auditRows } from '../audit-trail.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { expectAnswer, expectError, gateway, send } from '../request.ts'

test.each([
  ['Slack', SLACK, 'https://hooks.example.test'],
  ['a signed webhook', WEBHOOK, 'https://alerts.example.test'],
])('201 for %s, of which only the origin is shown and on record', async (_name, target, destination) => {
  const { id: workspace_id } = await newWorkspace()
  const body = { name: 'Operators', target, workspace_id }
  const { data } = expectAnswer(await send('POST', CHANNELS, { body }), 201, createAlertChannel.output)
  expect(data).toEqual({
    id: expect.any(String),
    workspace_id,
    user_id: null,
    name: 'Operators',
    target: { type: target.type, destination },
    enabled: true,
    disabled_reason: null,
    failures: 0,
    last_error: null,
    last_delivered_at: null,
    created_at: expect.stringMatching(/Z$/),
    created_by: null,
    updated_at: data.created_at,
  })
  const rows = await auditRows({ resource_id: data.id })
  expect(rows).toMatchObject([{ action: 'createAlertChannel', workspace_id, after: data }])
  expect(JSON.stringify(rows)).not.toContain('secret-of')
})

test('201 for the organization with workspace_id null, for the default workspace without it', async () => {
  expect((await newChannel({ workspace_id: null })).workspace_id).toBeNull()
  expect((await newChannel()).workspace_id).toBe(gateway.defaultWorkspaceId)
})

test('201 for a developer makes it their own', async () => {
  const body = { name: 'Mine', target: SLACK, workspace_id: gateway.teamWorkspaceId }
  const answer = await send('POST', CHANNELS, { ...asDeveloper(), body })
  const { data } = expectAnswer(answer, 201, createAlertChannel.output)
  expect(data.user_id).toBe(gateway.sessions.developer.userId)
})

test.each([
  ['no target', { name: 'c' }, 'target'],
  ['no name', { target: SLACK }, 'name'],
  ['a type that there is not', { name: 'c', target: { type: 'pager' } }, 'target'],
  ['an address that is none', { name: 'c', target: { type: 'slack', url: 'ftp://x.test' } }, 'url'],
  ['a URL with credentials', { name: 'c', target: { type: 'slack', url: 'https://me:pw@x.test/' } }, 'url'],
  ['an unsigned webhook', { name: 'c', target: { type: 'webhook', url: 'https://x.test' } }, 'signing_secret'],
  ['a short signing secret', { name: 'c', target: { ...WEBHOOK, signing_secret: 'short' } }, 'signing_secret'],
  ['a field of another type', { name: 'c', target: { ...SLACK, signing_secret: 'x'.repeat(20) } }, 'signing_secret'],
  ['mail, where none is sent', { name: 'c', target: { type: 'email', address: 'a@example.test' } }, 'target'],
  ['mail to what is no address', { name: 'c', target: { type: 'email', address: 'a' } }, 'address'],
])('400 for %s', async (_name, body, named) => {
  expectError(await send('POST', CHANNELS, { body }), 400, named)
})

test('404 for a workspace that is not there', async () => {
  const body = { name: 'c', target: SLACK, workspace_id: NO_UUID }
  expectError(await send('POST', CHANNELS, { body }), 404, 'Workspace not found')
})

test(`409 for more than ${ALERT_CHANNELS_MAX} in one workspace`, async () => {
  const { id: workspace_id } = await newWorkspace()
  for (let count = 0; count < ALERT_CHANNELS_MAX; count += 1) await newChannel({ workspace_id })
  const body = { name: 'one more', target: SLACK, workspace_id }
  expectError(await send('POST', CHANNELS, { body }), 409, String(ALERT_CHANNELS_MAX))
})
