import { expect, test } from 'vitest'
import { presetConfigOf } from './preset-config.ts'

test.each([
  [
    'system messages that lead become the prompt, of texts and of parts',
    {
      model: 'a/b',
      messages: [
        { role: 'system', content: 'One' },
        { role: 'developer', content: [{ type: 'text', text: 'Two' }] },
        { role: 'user', content: 'Hi' },
        { role: 'system', content: 'late' },
      ],
    },
    { systemPrompt: 'One\n\nTwo', config: { model: 'a/b' } },
  ],
  [
    'system of a messages request',
    { system: [{ type: 'text', text: 'S' }], messages: [] },
    { systemPrompt: 'S', config: {} },
  ],
  ['instructions and an input that is text', { instructions: 'I', input: 'Hi' }, { systemPrompt: 'I', config: {} }],
  ['only system messages', { messages: [{ role: 'system', content: 'A' }] }, { systemPrompt: 'A', config: {} }],
  [
    'nothing that belongs to one request, nothing that is null, and zero stays',
    { stream: true, user: 'u', session_id: 's', metadata: {}, models: null, temperature: 0, tools: [] },
    { systemPrompt: null, config: { temperature: 0, tools: [] } },
  ],
])('%s', (_name, body, expected) => expect(presetConfigOf(body)).toEqual(expected))
