import { expect, test } from 'vitest'
import { MODEL_FACTS } from '../contract/inference/model-facts.ts'
import { DEFAULT_PARAMETERS } from '../domain/supported-parameters.ts'
import { knownModel } from './known-models.ts'

test.each([
  [
    'openai/gpt-4o-mini',
    {
      created: Date.UTC(2024, 6, 18) / 1_000,
      maxCompletionTokens: 16_384,
      knowledgeCutoff: '2023-10',
      inputModalities: ['text', 'image', 'file'],
      facts: { tokenizer: 'GPT', distillable: false },
    },
  ],
  ['openai/gpt-4o-2024-05-13', { maxCompletionTokens: 4_096 }],
  ['openai/gpt-oss-120b', { inputModalities: null, facts: { distillable: true, reasoning: { mandatory: true } } }],
  ['openai/text-embedding-3-small', { outputModalities: ['embeddings'], supportedParameters: [] }],
  ['anthropic/claude-3-5-haiku-latest', { maxCompletionTokens: 8_192, facts: { tokenizer: 'Claude' } }],
  ['anthropic/claude-sonnet-4-5', { maxCompletionTokens: 64_000, facts: { reasoning: { supports_max_tokens: true } } }],
  [
    'google/gemini-2.5-pro',
    {
      contextLength: 1_048_576,
      maxCompletionTokens: 65_535,
      facts: { tokenizer: 'Gemini', reasoning: { mandatory: true } },
    },
  ],
  ['google/gemini-embedding-001', { outputModalities: ['embeddings'], inputModalities: null }],
  ['google/gemma-3', { contextLength: null, facts: { tokenizer: 'Gemma' } }],
  ['deepseek/deepseek-reasoner', { facts: { distillable: true, reasoning: { mandatory: true } } }],
  ['meta-llama/llama-4-scout', { inputModalities: ['text', 'image'], facts: { tokenizer: 'Llama4' } }],
])('%s', (id, expected) => expect(knownModel(id)).toMatchObject(expected))

test('of a model that came later only what holds for its family is told', () => {
  const { created, facts, knowledgeCutoff, maxCompletionTokens } = knownModel('openai/gpt-5.9')
  expect({ created, facts, knowledgeCutoff, maxCompletionTokens }).toEqual({
    created: null,
    facts: { tokenizer: 'GPT', distillable: false },
    knowledgeCutoff: null,
    maxCompletionTokens: null,
  })
})

test('of an unknown model nothing is told', () => {
  expect(knownModel('nobody/knows')).toMatchObject({
    created: null,
    supportedParameters: DEFAULT_PARAMETERS,
    facts: {},
  })
})

test('what is told are facts of the wire, and a reasoning model does not take what others sample by', () => {
  for (const id of ['openai/o3', 'anthropic/claude-opus-4-5', 'google/gemini-2.5-flash', 'x-ai/grok-4-0709']) {
    expect(Object.keys(knownModel(id).facts).every((name) => name in MODEL_FACTS)).toBe(true)
  }
  expect(knownModel('openai/o3').supportedParameters).not.toContain('temperature')
  expect(knownModel('openai/gpt-4o').supportedParameters).toContain('structured_outputs')
})
