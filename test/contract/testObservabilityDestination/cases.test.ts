import { expect, test } from 'vitest'
import { auditRows } from '../audit-trail.ts'
import { DESTINATIONS, newDestination, testObservabilityDestination } from '../destination-fixtures.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { expectAnswer, expectError, send } from '../request.ts'

test('200 tells why it could not be reached, and what was tried is on record', async () => {
  const { id: workspace_id } = await newWorkspace()
  const { id } = await newDestination({ workspace_id, config: { url: 'https://127.0.0.1/in' } })
  const { data } = expectAnswer(
    await send('POST', `${DESTINATIONS}/${id}/test`),
    200,
    testObservabilityDestination.output,
  )
  expect(data).toEqual({ ok: false, status: null, message: '127.0.0.1 may not be connected to' })
  expect(await auditRows({ action: 'testObservabilityDestination', resource_id: id })).toMatchObject([{ workspace_id }])
})

test('404 for an unknown one, and for what is no UUID', async () => {
  for (const id of [NO_UUID, 'mine'])
    expectError(await send('POST', `${DESTINATIONS}/${id}/test`), 404, 'Destination not found')
})
