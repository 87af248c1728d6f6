import { expect, test } from 'vitest'
import { PRESET_OPERATIONS, type PresetVersionWire } from '../../../../src/contract/management/presets.ts'
import { draftOf, moreFault, requestOf } from './preset-draft.ts'

const WORKSPACE = '0192f5c0-0000-7000-8000-000000000000'

test('a request of a draft is one that a preset can be made of', () => {
  const draft = {
    model: ' sim/echo ',
    systemPrompt: 'Be brief.',
    temperature: '0.2',
    maxTokens: '100',
    more: '{"top_k": 3}',
  }
  const request = requestOf(draft, 'brief', WORKSPACE)
  expect(PRESET_OPERATIONS.createPresetsChatCompletions.input.safeParse(request).success).toBe(true)
  expect(request).toMatchObject({ slug: 'brief', model: 'sim/echo', temperature: 0.2, max_tokens: 100, top_k: 3 })
  expect(request.messages[0]).toEqual({ role: 'system', content: 'Be brief.' })
})

test('a version there is becomes the draft of the next', () => {
  const version = { system_prompt: null, config: { model: 'sim/echo', max_tokens: 5, top_k: 3 } }
  expect(draftOf(version as unknown as PresetVersionWire)).toEqual({
    model: 'sim/echo',
    systemPrompt: '',
    temperature: '',
    maxTokens: '5',
    more: '{\n  "top_k": 3\n}',
  })
})

test('what is no JSON object is told before it is sent', () => {
  expect([moreFault(''), moreFault('{"top_k": 3}')]).toEqual([undefined, undefined])
  expect(moreFault('[1]')).toBe('must be a JSON object')
  expect(moreFault('{')).toBeDefined()
})
