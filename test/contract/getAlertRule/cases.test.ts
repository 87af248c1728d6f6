import { expect, test } from 'vitest'
import { asDeveloper, deleteAlertRule, getAlertRule, newRule, RULES } from '../alert-fixtures.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

test('200 answers it as it was made, under the same URL', async () => {
  const made = await newRule({ workspace_id: (await newWorkspace()).id })
  expect(expectAnswer(await send('GET', `${RULES}/${made.id}`), 200, getAlertRule.output).data).toEqual(made)
})

test('404 for an unknown and a deleted one, one of another organization, and for a developer one that is not theirs', async () => {
  const made = await newRule({ workspace_id: gateway.teamWorkspaceId })
  expectError(await send('GET', `${RULES}/${made.id}`, asDeveloper()), 404, 'Alert rule not found')
  const { cookie } = gateway.other.orgAdmin
  expectError(await send('GET', `${RULES}/${made.id}`, { cookie }), 404, 'Alert rule not found')
  await call(deleteAlertRule, { id: made.id })
  for (const id of [made.id, NO_UUID]) expectError(await send('GET', `${RULES}/${id}`), 404, 'Alert rule not found')
})
