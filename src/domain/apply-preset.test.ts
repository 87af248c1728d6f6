import { expect, test } from 'vitest'
import { applyPreset, namesPreset, type PresetBook } from './apply-preset.ts'

const tool = (name: string, more: object = {}) => ({ type: 'function', function: { name, ...more } })
const USER = { role: 'user', content: 'hello' }
const PRESETS: PresetBook = new Map(
  [
    { slug: 'plain', systemPrompt: null, config: { model: 'a/m', temperature: 0.2, provider: { sort: 'price' } } },
    {
      slug: 'full',
      systemPrompt: 'Be brief.',
      config: {
        model: 'a/m',
        models: ['b/n'],
        tools: [tool('look'), tool('read'), { type: 'openrouter:web_search', max: 1 }],
        cache_enabled: false,
        cache_ttl_seconds: 9,
        thinking: { type: 'enabled' },
        stop_sequences: ['x'],
        seed: 1,
      },
    },
  ].map((preset) => [preset.slug, preset]),
)
const chat = (body: Record<string, unknown>) => applyPreset({ messages: [USER], ...body }, PRESETS, 'chat')

test.each([
  ['a field', { preset: 'plain', model: 'x' }, true],
  ['a model', { model: '@preset/plain' }, true],
  ['behind a model', { model: 'a/m@preset/plain' }, true],
  ['an empty name', { preset: '', model: 'x' }, false],
  ['none', { model: 'a/m' }, false],
  ['what is no text', { preset: 1, model: 2 }, false],
])('a body names a preset: %s', (_name, body, expected) => expect(namesPreset(body)).toBe(expected))

test.each([
  [
    '@preset/slug is its model',
    { model: '@preset/plain' },
    { model: 'a/m', temperature: 0.2, provider: { sort: 'price' } },
  ],
  ['a model of its own wins', { model: 'x/y@preset/plain' }, { model: 'x/y' }],
  ['a field names it, too', { preset: 'plain', temperature: 1 }, { model: 'a/m', temperature: 1 }],
  ['both names are one', { preset: 'plain', model: 'x/y@preset/plain' }, { model: 'x/y' }],
  ['an object is replaced whole', { preset: 'plain', provider: { zdr: true } }, { provider: { zdr: true } }],
  ['null says nothing', { preset: 'plain', temperature: null }, { temperature: 0.2 }],
])('%s', (_name, body, expected) => expect(chat(body)).toMatchObject(expected))

test('the name of the preset is no part of the request', () => {
  expect(Object.keys(chat({ preset: 'full' })).toSorted()).toEqual([
    'cache_enabled',
    'cache_ttl_seconds',
    'messages',
    'model',
    'models',
    'seed',
    'stop',
    'tools',
  ])
})

test('tools of both are taken in the preset’s order, and of one name the request’s', () => {
  const search = { type: 'openrouter:web_search', max: 5 }
  const tools = [tool('write'), tool('look', { strict: true }), search]
  expect(chat({ preset: 'full', tools })['tools']).toEqual([
    tool('look', { strict: true }),
    tool('read'),
    search,
    tool('write'),
  ])
})

test('its system prompt goes before what the request says, in each protocol in its own way', () => {
  const system = { role: 'system', content: 'Be kind.' }
  expect(chat({ preset: 'full', messages: [system, USER] })['messages']).toEqual([
    { role: 'system', content: 'Be brief.' },
    system,
    USER,
  ])
  const messages = (own?: unknown) => applyPreset({ preset: 'full', system: own }, PRESETS, 'messages')['system']
  expect(messages()).toBe('Be brief.')
  expect(messages('Be kind.')).toBe('Be brief.\n\nBe kind.')
  expect(messages([{ type: 'text', text: 'Be kind.' }])).toEqual([
    { type: 'text', text: 'Be brief.' },
    { type: 'text', text: 'Be kind.' },
  ])
  expect(applyPreset({ preset: 'full' }, PRESETS, 'responses')['instructions']).toBe('Be brief.')
})

test('what only another protocol knows is left out', () => {
  const of = (kind: 'chat' | 'messages' | 'responses') => Object.keys(applyPreset({ preset: 'full' }, PRESETS, kind))
  expect(of('messages').toSorted()).toEqual([
    'cache_enabled',
    'cache_ttl_seconds',
    'model',
    'models',
    'stop_sequences',
    'system',
    'thinking',
    'tools',
  ])
  expect(of('responses').toSorted()).toEqual([
    'cache_enabled',
    'cache_ttl_seconds',
    'instructions',
    'model',
    'models',
    'tools',
  ])
})

test.each([
  ['unknown', { preset: 'other' }, 'not_found', 'Preset "other" not found'],
  ['without a slug', { model: '@preset/' }, 'not_found', 'Preset "" not found'],
  ['two names', { preset: 'full', model: 'a/m@preset/plain' }, 'invalid_request', 'preset: differs from'],
])('refused: %s', (_name, body, code, message) => {
  expect(() => applyPreset(body, PRESETS, 'chat')).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  )
})

test('a workspace without presets has none of any name', () => {
  expect(() => applyPreset({ preset: 'plain' }, null, 'chat')).toThrow('Preset "plain" not found')
})

test('a bound that the request says by another name is not said by the preset once more', () => {
  const presets: PresetBook = new Map([
    ['p', { slug: 'p', systemPrompt: null, config: { max_completion_tokens: 9, reasoning_effort: 'low' } }],
  ])
  const own = { preset: 'p', max_tokens: 5, reasoning: { effort: 'high' } }
  expect(applyPreset(own, presets, 'chat')).toEqual({ max_tokens: 5, reasoning: { effort: 'high' } })
  expect(applyPreset({ preset: 'p' }, presets, 'responses')).toEqual({ max_output_tokens: 9 })
})

test('what has a prompt gets the preset’s words as its only message, what is no conversation none', () => {
  const text = applyPreset({ preset: 'full', prompt: 'Hi', messages: [USER] }, PRESETS, 'completions')
  expect(text).toMatchObject({ model: 'a/m', prompt: 'Hi', messages: [{ role: 'system', content: 'Be brief.' }] })
  expect(applyPreset({ preset: 'plain', prompt: 'Hi', messages: [USER] }, PRESETS, 'completions')['messages']).toEqual(
    [],
  )
  expect(applyPreset({ preset: 'full', input: 'Hi' }, PRESETS, 'list')).toEqual({ model: 'a/m', input: 'Hi' })
})
