import { expect, test } from 'vitest'
import { ORGANIZATION_POLICY_OPERATIONS } from '../../../src/contract/management/organization-policy.ts'
import { call, expectAnswer, expectError, gateway, newSlug, send } from '../request.ts'

const { createPromptInjectionPhrase, listPromptInjectionPhrases, deletePromptInjectionPhrase } =
  ORGANIZATION_POLICY_OPERATIONS
const path = '/api/v1/organization/prompt-injection-phrases'
const create = (phrase: unknown) => send('POST', path, { body: { phrase } })

test('201 as it was sent, with who added it', async () => {
  const phrase = `Ignore Previous Instructions ${newSlug()}`
  const { cookie, userId } = gateway.sessions.orgAdmin
  const answer = await send('POST', path, { cookie, body: { phrase } })
  const { data } = expectAnswer(answer, 201, createPromptInjectionPhrase.output)
  const id = expect.stringMatching(/-/)
  expect(data).toEqual({ id, phrase, created_by: userId, created_at: expect.stringMatching(/Z$/) })
})

test.each([
  ['no phrase', undefined],
  ['an empty one', ''],
  ['blanks', '  '],
  ['1001 bytes', 'x'.repeat(1_001)],
  ['1002 bytes in 501 characters', '\u00fc'.repeat(501)],
])('400 for %s', async (_name, phrase) => {
  expectError(await create(phrase), 400, 'phrase')
})

test('409 for one that there is, in whatever case', async () => {
  const phrase = `Phrase ${newSlug()}`
  expect((await create(phrase)).status).toBe(201)
  for (const again of [phrase, phrase.toUpperCase()]) expectError(await create(again), 409, 'phrase')
})

test('400 for the 201st', async () => {
  const made: string[] = []
  let { total_count } = await call(listPromptInjectionPhrases, {})
  for (; total_count < 200; total_count += 1) {
    made.push((await call(createPromptInjectionPhrase, { phrase: `${newSlug()} x` })).data.id)
  }
  expectError(await create(newSlug()), 400, 'at most 200')
  for (const id of made) await call(deletePromptInjectionPhrase, { id })
  expect((await create(newSlug())).status).toBe(201)
})
