import { expect, test } from 'vitest'
import type { ExplanationWire } from '../../../../src/contract/inference/explanations.ts'
import { adviceOf, type Why } from './refusal-advice.ts'

const NOW = Date.parse('2026-11-22T07:00:00Z')
const failure = (status: number) => ({ status, message: 'As the API says it.' })
const limit = (fields: Partial<NonNullable<ExplanationWire['limit']>>): Why => ({
  decided_by: 'limit',
  guardrail_findings: [],
  limit: {
    scope: 'workspace',
    name: null,
    guardrail_id: null,
    interval: 'monthly',
    limit_usd: 500,
    include_byok: false,
    settled_usd: 500,
    held_usd: 0,
    remaining_usd: 0,
    needed_usd: 0.1,
    affordable_tokens: 0,
    ...fields,
  },
})
const say = (status: number, why: Why) => {
  const { title, next, way } = adviceOf(failure(status), why, 'Ada', NOW)
  return `${title} ${next} → ${way}`
}

test.each<[string, number, Why, string]>([
  [
    'a budget says when it resets and who can raise it',
    403,
    limit({}),
    'The monthly budget of this workspace of $500.00 leaves too little for this. It resets on 1 Dec 00:00 UTC. Ask Ada to raise it. → budgets',
  ],
  [
    'a budget that has something left says how much',
    403,
    limit({ scope: 'member', interval: 'lifetime', limit_usd: 1, affordable_tokens: 30 }),
    'The lifetime budget that you have of $1.00 leaves too little for this. An answer of at most 30 tokens would still fit. Ask Ada to raise it. → budgets',
  ],
  [
    'a limit of a guardrail names it',
    403,
    limit({ scope: 'guardrail', name: 'Interns', interval: 'daily', limit_usd: 2 }),
    'The daily limit of the guardrail “Interns” of $2.00 leaves too little for this. It resets on 23 Nov 00:00 UTC. Ask Ada to raise it. → guardrails',
  ],
  [
    'the limit of the session itself ends with a new session',
    402,
    limit({ scope: 'key', interval: 'lifetime', limit_usd: 10 }),
    'This session has spent its limit of $10.00. Start a new session, or lower “Max tokens”. → new-session',
  ],
  [
    'content that is blocked is named',
    403,
    {
      decided_by: 'content_filter',
      limit: null,
      guardrail_findings: [
        {
          filter: 'email',
          label: null,
          action: 'block',
          patterns: [],
          count: 1,
          guardrail: null,
          false_positive: null,
        },
        { filter: 'phone', label: null, action: 'flag', patterns: [], count: 1, guardrail: null, false_positive: null },
      ],
    },
    'A content filter blocked your message: email. Take that out and send it again. If it should be allowed, ask Ada to change the guardrail. → guardrails',
  ],
])('%s', (_name, status, why, sentence) => expect(say(status, why)).toBe(sentence))

test.each([0, 400, 401, 402, 403, 404, 408, 413, 429, 500, 502, 503, 504])(
  'a refusal with status %d says what to do before anything is known of it',
  (status) => {
    const { title, next } = adviceOf(failure(status), undefined, 'Ada', NOW)
    expect([title, next].every((text) => /^\S.*[.]$/.test(text))).toBe(true)
  },
)
