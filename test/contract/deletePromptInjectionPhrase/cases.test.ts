import { expect, test } from 'vitest'
import { ORGANIZATION_POLICY_OPERATIONS } from '../../../src/contract/management/organization-policy.ts'
import { NO_UUID } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, newSlug, send } from '../request.ts'

const { createPromptInjectionPhrase, deletePromptInjectionPhrase } = ORGANIZATION_POLICY_OPERATIONS
const path = '/api/v1/organization/prompt-injection-phrases'

test('200 once; the same phrase can come back', async () => {
  const phrase = newSlug()
  const { id } = (await call(createPromptInjectionPhrase, { phrase })).data
  const answer = await send('DELETE', `${path}/${id}`)
  expect(expectAnswer(answer, 200, deletePromptInjectionPhrase.output)).toEqual({ deleted: true })
  expectError(await send('DELETE', `${path}/${id}`), 404, /^Phrase not found$/)
  expect((await call(createPromptInjectionPhrase, { phrase })).data.phrase).toBe(phrase)
})

test('404 for an unknown one, what is no UUID, and one of another organization', async () => {
  const { cookie } = gateway.other.orgAdmin
  const theirs = await send('POST', path, { cookie, body: { phrase: newSlug() } })
  const { data } = expectAnswer(theirs, 201, createPromptInjectionPhrase.output)
  for (const id of [NO_UUID, 'nothing', data.id]) {
    expectError(await send('DELETE', `${path}/${id}`), 404, /^Phrase not found$/)
  }
  expect((await send('DELETE', `${path}/${data.id}`, { cookie })).status).toBe(200)
})
