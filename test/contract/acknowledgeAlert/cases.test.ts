import { expect, test } from 'vitest'
import { ALERTS, acknowledgeAlert, listAlerts, newAlert } from '../alert-fixtures.ts'
import { auditRows } from '../audit-trail.ts'
import { NO_UUID } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

test('200 notes who was the first to see to it, and says it once on record', async () => {
  const { alert, workspaceId: workspace_id } = await newAlert()
  const path = `${ALERTS}/${alert.id}/acknowledge`
  const { cookie, userId } = gateway.sessions.orgAdmin
  const { data } = expectAnswer(await send('POST', path, { cookie }), 200, acknowledgeAlert.output)
  expect(data).toEqual({ ...alert, acknowledged_at: expect.stringMatching(/Z$/), acknowledged_by: userId })
  expect((await call(acknowledgeAlert, { id: alert.id })).data).toEqual(data)
  expect((await call(listAlerts, { workspace_id, acknowledged: true })).data).toEqual([data])
  expect(await auditRows({ resource_id: alert.id })).toMatchObject([
    { action: 'acknowledgeAlert', workspace_id, before: alert, after: data },
  ])
})

test('404 for an unknown one', async () => {
  expectError(await send('POST', `${ALERTS}/${NO_UUID}/acknowledge`), 404, 'Alert not found')
})
