import { expect, test } from 'vitest'
import { findSimModel } from '../domain/sim-models.ts'
import { DIALECTS } from './dialects.ts'
import { GATEWAY_FIELDS } from './gateway-fields.ts'
import { PROTOCOLS } from './protocols.ts'

const MARK = 'between-us'
const MESSAGES = [{ role: 'user', content: 'Hi' }]

/** A request by each protocol. */
const REQUESTS = {
  chat: { messages: MESSAGES },
  responses: { input: 'Hi' },
  messages: { messages: MESSAGES, max_tokens: 9 },
  completions: { prompt: 'Hi' },
  embeddings: { input: 'Hi' },
  rerank: { query: 'Hi', documents: ['a'] },
}
/** All that the gateway reads for itself, and the end user. */
const OWN: Record<(typeof GATEWAY_FIELDS)[number], unknown> & Record<string, unknown> = {
  models: [`a/${MARK}`],
  provider: { only: [MARK] },
  route: 'fallback',
  plugins: [{ id: 'context-compression', enabled: false }],
  preset: '',
  transforms: [],
  usage: { include: MARK },
  trace: { trace_id: MARK },
  session_id: MARK,
  metadata: { user_id: MARK },
  debug: { echo_upstream_body: false },
  cache_enabled: false,
  cache_ttl_seconds: 77,
  stop_server_tools_when: [MARK],
  user: MARK,
  safety_identifier: MARK,
}

const endpoint = findSimModel('sim/lorem')?.endpoints[0] ?? expect.fail()
const CASES = Object.values(PROTOCOLS).flatMap((protocol) =>
  Object.values(DIALECTS).map((dialect) => ({ protocol, dialect, name: `${protocol.name} over ${dialect.name}` })),
)

test.each(CASES)(
  'of $name nothing that is between the caller and the gateway goes upstream',
  ({ dialect, protocol }) => {
    const body = JSON.stringify({ model: 'a/b', ...REQUESTS[protocol.name], ...OWN })
    const { payload } = protocol.parse(Buffer.from(body), null)
    if (!dialect.abilities.kinds.includes(payload.kind)) return
    const sent = String(dialect.encode(payload, endpoint, { cappedTokens: null, organizationId: 'o' }).body)
    expect(sent).not.toContain(MARK)
    // Anthropic's own field of this name holds the hash of the end user.
    const names = GATEWAY_FIELDS.filter((name) => name !== 'metadata')
    expect(names.filter((name) => name in (JSON.parse(sent) as object))).toEqual([])
  },
)

test.each(Object.values(PROTOCOLS))('$name: what a request says to those who look at traces is read', (protocol) => {
  const parse = (trace: unknown) =>
    protocol.parse(Buffer.from(JSON.stringify({ model: 'a/b', ...REQUESTS[protocol.name], trace })), null)
  const trace = { trace_id: 't', mine: [1] }
  expect(parse(trace).trace).toEqual(trace)
  expect('trace' in parse(null)).toBe(false)
  expect(() => parse({ span_name: 7 })).toThrow(/^trace\.span_name: /)
})

test.each(Object.values(PROTOCOLS))('$name: the session that a request names is read, and bounded', (protocol) => {
  const parse = (session_id: unknown) =>
    protocol.parse(Buffer.from(JSON.stringify({ model: 'a/b', ...REQUESTS[protocol.name], session_id })), null)
  const longest = 's'.repeat(256)
  expect(parse(longest).sessionId).toBe(longest)
  expect([parse(null).sessionId, parse(undefined).sessionId]).toEqual([null, null])
  expect(() => parse(`${longest}s`)).toThrow(/^session_id: /)
  expect(() => parse(7)).toThrow(/^session_id: /)
})
