import { expect, test } from 'vitest'
import { deleteAlertRule, listAlertRules, newRule, RULES } from '../alert-fixtures.ts'
import { auditRows } from '../audit-trail.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

test('200 deletes it, with what it was on record', async () => {
  const { id: workspace_id } = await newWorkspace()
  const made = await newRule({ workspace_id })
  const answer = await send('DELETE', `${RULES}/${made.id}`)
  expect(expectAnswer(answer, 200, deleteAlertRule.output)).toEqual({ deleted: true })
  expect(await call(listAlertRules, { workspace_id })).toEqual({ data: [], total_count: 0 })
  expect(await auditRows({ action: 'deleteAlertRule', resource_id: made.id })).toMatchObject([{ before: made }])
})

test('404 for an unknown one and for one that is deleted already', async () => {
  const { id } = await newRule({ workspace_id: (await newWorkspace()).id })
  await call(deleteAlertRule, { id })
  for (const gone of [NO_UUID, id]) expectError(await send('DELETE', `${RULES}/${gone}`), 404, 'Alert rule not found')
})
