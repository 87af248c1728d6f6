import type { ReplyPlan } from './reply-plan.ts'

/**
 * What a client must get through the gateway: `answer` a complete valid answer, `error` one valid error (a JSON envelope, or
 * an SSE error event once content was sent), `either` where both are right.
 */
export type ExpectedOutcome = 'answer' | 'error' | 'either'

export interface FaultCase {
  readonly name: string
  readonly plan: ReplyPlan
  readonly json: ExpectedOutcome
  readonly stream: ExpectedOutcome
  /** The provider's base URL must point at a port from `reserveClosedPort`. */
  readonly closedPort?: true
  /** Ends only by a time-out of the gateway (or, for slow bytes, may). */
  readonly needsTimeout?: true
}

const failing = (
  name: string,
  plan: ReplyPlan,
  extra: Pick<FaultCase, 'closedPort' | 'needsTimeout'> = {},
): FaultCase => ({
  name,
  plan,
  json: 'error',
  stream: 'error',
  ...extra,
})

/** Test F4: every fault of an upstream, for streaming and non-streaming requests. */
export const FAULT_CASES: readonly FaultCase[] = [
  failing('connection refused', {}, { closedPort: true }),
  failing('reset', { fault: 'reset' }),
  failing('close before any answer', { fault: 'close-before-answer' }),
  failing('hang before headers', { fault: 'hang-before-headers' }, { needsTimeout: true }),
  failing('hang after headers', { fault: 'hang-after-headers' }, { needsTimeout: true }),
  failing('hang mid-stream', { fault: 'hang-mid-stream' }, { needsTimeout: true }),
  failing('reset mid-stream', { fault: 'reset-mid-stream' }),
  failing('half-close mid-stream', { fault: 'half-close' }),
  {
    name: 'one byte per second',
    plan: { fault: 'one-byte-per-second' },
    json: 'either',
    stream: 'either',
    needsTimeout: true,
  },
  { name: 'one byte per segment', plan: { fault: 'tiny-writes' }, json: 'answer', stream: 'answer' },
  failing('garbage in place of HTTP', { fault: 'garbage-bytes' }),
  failing('garbage body', { fault: 'garbage-body' }),
  failing('HTML with status 200', { fault: 'html-200' }),
  failing('empty body with status 200', { fault: 'empty-200' }),
  failing('truncated JSON', { fault: 'truncated-json' }),
  { name: 'invalid UTF-8', plan: { fault: 'invalid-utf8' }, json: 'either', stream: 'either' },
  { name: 'mixed line ends', plan: { fault: 'mixed-line-ends' }, json: 'answer', stream: 'answer' },
  { name: '10 MB on one line', plan: { fault: 'huge-line' }, json: 'either', stream: 'either' },
  { name: 'no [DONE]', plan: { fault: 'no-done' }, json: 'answer', stream: 'either' },
  failing('error object with status 200', { fault: 'error-in-200' }),
  failing('429 with Retry-After', { status: 429, retryAfter: '7' }),
  failing('429 without Retry-After', { status: 429 }),
  failing('529 with Retry-After', { status: 529, retryAfter: '7' }),
  failing('529 without Retry-After', { status: 529 }),
  ...[400, 401, 402, 403, 404, 408, 413, 422, 500, 502, 503, 504].map((status) =>
    failing(`status ${status}`, { status }),
  ),
  failing('500 with an HTML body', { status: 500, errorBody: '<html><body>Internal Server Error</body></html>' }),
]
