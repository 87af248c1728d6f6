import { expect, test } from 'vitest'
import { NO_COST, NO_USAGE } from '../domain/pricing.ts'
import { findSimModel } from '../domain/sim-models.ts'
import { DIALECTS } from './dialects.ts'
import { parseExactly } from './exact-json.ts'
import { PROTOCOLS } from './protocols.ts'

const ID = '1234567890123456789'
const ARGUMENTS = `{"id":${ID},"share":0.1234567890123456789}`
const IDENTITY = { id: 'gen-1', created: 7, model: 'a/b', provider: 'Alpha', echo: null }
const END = { usage: NO_USAGE, cost: NO_COST, endedAt: 8, metadata: undefined }
const endpoint = findSimModel('sim/lorem')?.endpoints[0] ?? expect.fail()

test.each([
  ['{"a":1,"b":[1.5,"x",null]}', '{"a":1,"b":[1.5,"x",null]}'],
  [`{"a":${ID},"b":-${ID}}`, `{"a":${ID},"b":-${ID}}`],
  ['{"a":9007199254740991}', '{"a":9007199254740991}'],
  [`{"a":"${ID}","b":1e400}`, `{"a":"${ID}","b":null}`],
])('%s is written again as %s', (text, expected) => {
  expect(JSON.stringify(parseExactly(text))).toBe(expected)
})

test.each(['', '[]', '1', `{"a":${ID}`, '{"a":12345678901234567,}'])('%s is the JSON of no object', (text) => {
  expect(parseExactly(text)).toBeUndefined()
})

const CALLED = {
  anthropic: `{"content":[{"type":"tool_use","id":"t","name":"f","input":${ARGUMENTS}}],"stop_reason":"tool_use"}`,
  gemini: `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":${ARGUMENTS}}}]},"finishReason":"STOP"}]}`,
  bedrock: `{"output":{"message":{"content":[{"toolUse":{"toolUseId":"t","name":"f","input":${ARGUMENTS}}}]}},"stopReason":"tool_use"}`,
} as const
const NAMES = Object.keys(CALLED) as (keyof typeof CALLED)[]

test.each(NAMES)('%s: what a tool is called with has all digits that the model said', (name) => {
  for (const protocol of [PROTOCOLS.chat, PROTOCOLS.messages, PROTOCOLS.responses]) {
    const isNative = protocol.dialect === name
    const decoded = DIALECTS[name].decode(CALLED[name], { kind: 'chat', isNative }) ?? expect.fail()
    expect(JSON.stringify(protocol.toAnswer(decoded, IDENTITY, END))).toContain(ID)
  }
})

test('so has it in a stream of Gemini', () => {
  const reader = DIALECTS.gemini.newReader(null, { kind: 'chat', isNative: false })
  expect(JSON.stringify(reader.push(Buffer.from(`data: ${CALLED.gemini}\n\n`)))).toContain(ID)
})

test.each(NAMES)('%s: what was called and answered goes back with all digits', (name) => {
  const call = { id: 't', type: 'function', function: { name: 'f', arguments: ARGUMENTS } }
  const messages = [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', tool_calls: [call] },
    { role: 'tool', tool_call_id: 't', content: `{"found":${ID}}` },
  ]
  const { payload } = PROTOCOLS.chat.parse(Buffer.from(JSON.stringify({ model: 'a/b', messages })), null)
  const body = String(DIALECTS[name].encode(payload, endpoint, { cappedTokens: null, organizationId: 'o' }).body)
  expect(body.split(ID)).toHaveLength(3)
})
