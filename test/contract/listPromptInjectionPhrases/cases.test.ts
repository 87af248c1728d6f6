import { expect, test } from 'vitest'
import { ORGANIZATION_POLICY_OPERATIONS } from '../../../src/contract/management/organization-policy.ts'
import { call, expectAnswer, expectError, gateway, newSlug, send } from '../request.ts'

const { createPromptInjectionPhrase, listPromptInjectionPhrases } = ORGANIZATION_POLICY_OPERATIONS
const path = '/api/v1/organization/prompt-injection-phrases'

test('200 in the order of their making, page by page', async () => {
  const made = []
  for (let count = 0; count < 2; count += 1) {
    made.push((await call(createPromptInjectionPhrase, { phrase: newSlug() })).data)
  }
  const { total_count } = await call(listPromptInjectionPhrases, {})
  const answer = await send('GET', `${path}?offset=${total_count - 2}&limit=2`)
  expect(expectAnswer(answer, 200, listPromptInjectionPhrases.output)).toEqual({ data: made, total_count })
  expect((await call(listPromptInjectionPhrases, { offset: total_count - 1 })).data).toEqual([made[1]])
})

test('400 for a page that is too large', async () => {
  expectError(await send('GET', `${path}?limit=101`), 400, 'limit')
})

test('403 for a member: who knows the phrases knows how to get past the detector', async () => {
  const { cookie } = gateway.sessions.admin
  expectError(await send('GET', path, { cookie }), 403, 'organization:update')
})
