import type { TokenCounting } from '../dialect.ts'
import { asCount, parseObject } from '../json-fields.ts'
import { encodeMessagesRequest } from './encode-request.ts'

/** What counts as input; other fields are refused there. Source: Anthropic's API reference, count tokens in a message. */
const COUNTED = [
  'model',
  'messages',
  'system',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'cache_control',
  'context_management',
] as const

export const messagesCounting: TokenCounting = {
  encode: (payload, endpoint, options) => {
    const { headers, body } = encodeMessagesRequest({ ...payload, isStream: false }, endpoint, options)
    const request = parseObject(String(body)) ?? {}
    const counted = Object.fromEntries(COUNTED.flatMap((name) => (name in request ? [[name, request[name]]] : [])))
    return { path: '/messages/count_tokens', headers, body: JSON.stringify(counted) }
  },
  decode: (text) => asCount(parseObject(text)?.['input_tokens']),
}
