import { expect, test } from 'vitest'
import { PROTOCOLS } from '../protocols.ts'

const MESSAGES = [{ role: 'user', content: 'Hi' }]
const FUNCTION = { type: 'function', function: { name: 'f' } }

function parse(tools: unknown, protocol: 'chat' | 'completions' = 'chat') {
  const asked = protocol === 'chat' ? { messages: MESSAGES } : { prompt: 'Hi' }
  return PROTOCOLS[protocol].parse(Buffer.from(JSON.stringify({ model: 'a/b', ...asked, tools })), null)
}

test.each([
  ['a search of Anthropic', { type: 'web_search_20250305', name: 'web_search' }],
  ['one of OpenAI', { type: 'web_search' }],
  ['one of the official platform', { type: 'openrouter:web_search' }],
  ['a server of tools', { type: 'mcp', server_url: 'https://a.test' }],
  ['what is no text', { type: { toString: 1 } }],
])('a tool that the provider would run, at a price that nobody knows, is refused with its place: %s', (_name, tool) => {
  for (const protocol of ['chat', 'completions'] as const)
    expect(() => parse([FUNCTION, tool], protocol)).toThrow(
      'tools.1.type: tools that a provider runs have no price here',
    )
})

test.each([
  ['web_search_options', {}],
  ['search_parameters', { mode: 'auto' }],
  ['enable_search', true],
  ['speed', 'fast'],
])('what a provider does for more than its tokens cost is refused by its name: %s', (name, value) => {
  for (const [protocol, asked] of Object.entries({ chat: { messages: MESSAGES }, completions: { prompt: 'Hi' } })) {
    const body = Buffer.from(JSON.stringify({ model: 'a/b', ...asked, [name]: value }))
    expect(() => PROTOCOLS[protocol as 'chat' | 'completions'].parse(body, null)).toThrow(
      `${name}: what it costs at a provider has no price here`,
    )
  }
})

test('the same said to be off goes on', () => {
  const off = { web_search_options: null, search_parameters: { mode: 'off' }, enable_search: false, speed: 'standard' }
  const body = Buffer.from(JSON.stringify({ model: 'a/b', messages: MESSAGES, ...off }))
  expect(JSON.parse(String(PROTOCOLS.chat.parse(body, null).payload.passedOn))).toMatchObject(off)
})

test('tools that the caller runs go on', () => {
  const tools = [
    FUNCTION,
    { function: { name: 'g' } },
    { type: 'custom', custom: { name: 'h' } },
    { type: 'bash_20250124', name: 'bash' },
  ]
  expect(JSON.parse(String(parse(tools).payload.passedOn))).toMatchObject({ tools })
})

test('a prediction is taken for at most as many tokens as it has bytes', () => {
  const request = (more: object) =>
    PROTOCOLS.chat.parse(Buffer.from(JSON.stringify({ model: 'a/b', messages: MESSAGES, ...more })), null)
  const content = 'ä'.repeat(1_000)
  const parts = [{ type: 'text', text: content }]
  for (const prediction of [
    { type: 'content', content },
    { type: 'content', content: parts },
  ]) {
    expect(request({ prediction }).predictedTokens).toBeGreaterThanOrEqual(2_000)
    expect(request({ prediction }).predictedTokens).toBeLessThan(2_100)
  }
  expect(request({ prediction: null }).predictedTokens).toBeUndefined()
  expect(request({}).predictedTokens).toBeUndefined()
})
