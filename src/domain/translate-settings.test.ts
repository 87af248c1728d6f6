import { expect, test } from 'vitest'
import { type SettingsForm, translateSettings } from './translate-settings.ts'

const SCHEMA = { type: 'object', properties: { city: { type: 'string' } } }
const said = { name: 'look', description: 'Looks it up' }
const TOOLS: Readonly<Record<SettingsForm, object>> = {
  chat: { type: 'function', function: { ...said, parameters: SCHEMA, strict: true } },
  messages: { ...said, input_schema: SCHEMA, strict: true },
  responses: { type: 'function', ...said, parameters: SCHEMA, strict: true },
}
const CHOICES: Readonly<Record<SettingsForm, unknown>> = {
  chat: { type: 'function', function: { name: 'look' } },
  messages: { type: 'tool', name: 'look' },
  responses: { type: 'function', name: 'look' },
}
const MODES: Readonly<Record<SettingsForm, unknown>> = {
  chat: 'required',
  messages: { type: 'any' },
  responses: 'required',
}
const FORMS = ['chat', 'messages', 'responses'] as const
const PAIRS = FORMS.flatMap((from) => FORMS.map((to): [SettingsForm, SettingsForm] => [from, to]))

test.each(PAIRS)('what a preset of %s says of tools is said as %s say it', (from, to) => {
  const translate = (settings: object) => translateSettings({ ...settings }, to)
  expect(translate({ tools: [TOOLS[from]] })).toEqual({ tools: [TOOLS[to]] })
  expect(translate({ tool_choice: CHOICES[from] })).toEqual({ tool_choice: CHOICES[to] })
  expect(translate({ tool_choice: MODES[from] })).toEqual({ tool_choice: MODES[to] })
})

test.each<[string, object, SettingsForm, object]>([
  ['a bound by its other name', { max_output_tokens: 5 }, 'chat', { max_tokens: 5 }],
  ['in both directions', { max_completion_tokens: 5 }, 'responses', { max_output_tokens: 5 }],
  ['and as messages want it', { max_completion_tokens: 5 }, 'messages', { max_tokens: 5 }],
  ['one that is known there stays', { max_completion_tokens: 5 }, 'chat', {}],
  ['what ends it', { stop: 'x' }, 'messages', { stop_sequences: ['x'] }],
  ['the other way round', { stop_sequences: ['x'] }, 'chat', { stop: ['x'] }],
  ['which responses have not', { stop: 'x' }, 'responses', {}],
  [
    'tools of another kind stay as they are',
    { tools: [{ type: 'bash_20250124' }] },
    'messages',
    { tools: [{ type: 'bash_20250124' }] },
  ],
])('%s', (_name, settings, form, expected) => {
  expect(JSON.parse(JSON.stringify(translateSettings({ ...settings }, form)))).toEqual(expected)
})
