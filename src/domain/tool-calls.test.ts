import { expect, test } from 'vitest'
import { areToolCallsValid, toolsOf } from './tool-calls.ts'

const TOOLS = [
  {
    type: 'function',
    function: {
      name: 'weather',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
  { type: 'function', function: { name: 'ping' } },
]
const call = (name: unknown, text: unknown) => ({ id: 'call_1', type: 'function', function: { name, arguments: text } })

test.each([
  ['a call as the tool wants it', [call('weather', '{"city":"Bern"}')], true],
  ['a tool without a schema takes everything', [call('ping', '[1]')], true],
  ['a call with nothing', [call('ping', '')], true],
  ['arguments that are no JSON', [call('weather', '{"city":')], false],
  ['a tool that there is not', [call('wether', '{"city":"Bern"}')], false],
  ['arguments of another shape', [call('weather', '{"town":"Bern"}')], false],
  ['one bad call among good ones', [call('ping', '{}'), call('weather', '{}')], false],
  ['a call that is none', [{ id: 'call_1' }], false],
  ['no calls', [], null],
])('%s', (_name, calls, isValid) => {
  expect(areToolCallsValid(calls, TOOLS)).toBe(isValid)
})

test('nothing is said of a request whose tools are unknown', () => {
  expect(areToolCallsValid([call('ping', '{}')], toolsOf('{"messages":[]}'))).toBeNull()
  expect(toolsOf(JSON.stringify({ tools: TOOLS }))).toEqual(TOOLS)
  expect(toolsOf(JSON.stringify({ tools: TOOLS, more: 'x'.repeat(300_000) }))).toBeUndefined()
})
