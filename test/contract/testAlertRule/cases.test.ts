import { expect, test } from 'vitest'
import { newChannel, newRule, RULES, testAlertRule } from '../alert-fixtures.ts'
import { auditRows } from '../audit-trail.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { expectAnswer, expectError, send } from '../request.ts'

test('202 tells how much it sends: nothing by mail where none is set up, and one to each channel', async () => {
  const { id: workspace_id } = await newWorkspace()
  const channels = [await newChannel({ workspace_id }), await newChannel({ workspace_id })]
  const rule = await newRule({ workspace_id, channel_ids: channels.map(({ id }) => id) })
  const { data } = expectAnswer(await send('POST', `${RULES}/${rule.id}/test`), 202, testAlertRule.output)
  expect(data).toEqual({ mails: 0, channels: 2 })
  expect(await auditRows({ action: 'testAlertRule', resource_id: rule.id })).toMatchObject([
    { workspace_id, after: data },
  ])
})

test('404 for an unknown one', async () => {
  expectError(await send('POST', `${RULES}/${NO_UUID}/test`), 404, 'Alert rule not found')
})
