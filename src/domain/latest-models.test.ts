import { expect, test } from 'vitest'
import type { Model } from './catalogue.ts'
import { familyOf, latestModels, parseLatest } from './latest-models.ts'

const model = (id: string, created = 0): Model => ({
  id,
  canonicalSlug: id,
  name: id,
  created,
  description: '',
  inputModalities: ['text'],
  outputModalities: ['text'],
  knowledgeCutoff: null,
  endpoints: [],
})

const latestOf = (...models: Model[]) =>
  Object.fromEntries([...latestModels(models)].map(([name, { id }]) => [name, id]))

test.each([
  [['anthropic/claude-sonnet-4', 'anthropic/claude-sonnet-4.5'], '~anthropic/claude-sonnet-latest', 1],
  [['anthropic/claude-sonnet-4-5', 'anthropic/claude-3-7-sonnet-20250219'], '~anthropic/claude-sonnet-latest', 0],
  [['openai/gpt-4.1', 'openai/gpt-4o-2024-08-06'], '~openai/gpt-latest', 0],
  [['openai/gpt-4o-2024-05-13', 'openai/gpt-4o-2024-08-06'], '~openai/gpt-latest', 1],
  [['openai/gpt-5', 'openai/gpt-10'], '~openai/gpt-latest', 1],
  [['google/gemini-2.0-flash-001', 'google/gemini-2.5-flash'], '~google/gemini-flash-latest', 1],
  [['x/chat-v3.1', 'x/chat-v3'], '~x/chat-latest', 0],
])('the newest of %j by name is that of %s', (ids, name, at) => {
  expect(latestOf(...ids.map((id) => model(id)))).toEqual({ [name]: ids[at] })
  expect(latestOf(...ids.toReversed().map((id) => model(id)))).toEqual({ [name]: ids[at] })
})

test('the day that both came out counts before their names', () => {
  expect(latestOf(model('a/chat-9', 100), model('a/chat-2', 200))).toEqual({ '~a/chat-latest': 'a/chat-2' })
  expect(latestOf(model('a/chat-9', 0), model('a/chat-2', 200))).toEqual({ '~a/chat-latest': 'a/chat-9' })
})

test('sizes and editions are families of their own', () => {
  expect(
    latestOf(model('a/llama-3.3-70b-instruct'), model('a/llama-3.1-8b-instruct'), model('a/llama-4-mini')),
  ).toEqual({
    '~a/llama-70b-instruct-latest': 'a/llama-3.3-70b-instruct',
    '~a/llama-8b-instruct-latest': 'a/llama-3.1-8b-instruct',
    '~a/llama-mini-latest': 'a/llama-4-mini',
  })
})

test('models that may not be chosen, variants and names that are versions only, or have none, are listed under no other name', () => {
  expect(
    latestOf(
      model('sim/slow-1000'),
      model('a/chat-3:free'),
      model('a/2024'),
      model('a/plain'),
      model('~a/chat-latest'),
    ),
  ).toEqual({})
})

test('a name that is listed means the model that it is listed for, in whatever order its words are', () => {
  const models = ['a/chat-large-2', 'a/large-chat-3', 'a/chat-1-mini', 'a/llama-3-8b', 'a/llama-2-70b'].map((id) =>
    model(id),
  )
  for (const [name, { id }] of latestModels(models)) {
    const latest = parseLatest(name)
    expect([name, latest && familyOf(models, latest)[0]?.id]).toEqual([name, id])
  }
  expect([...latestModels(models).keys()]).toContain('~a/large-chat-latest')
})
