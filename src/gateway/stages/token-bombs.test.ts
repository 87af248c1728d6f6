import { expect, test } from 'vitest'
import { parseChatRequest } from '../../dialects/openai-chat/parse-request.ts'
import { sizeHold } from '../../domain/hold-size.ts'
import { LARGE_BODY_BYTES } from './read-body.ts'

/*
 * H4: texts that take a tokenizer long to count. None is asked on the way of a request: its tokens are bounded by its bytes. What
 * is measured is the processor's time in this thread, the least of several runs: other programs don't count.
 */

/** At most; one that is short enough says that it can be. On a machine that shares its cores many take longer. */
const RUNS_MAX = 200
const ADMISSION_MS_MAX = 5
const ESCAPED_BYTES = 0.75 * LARGE_BODY_BYTES

const PRICES = [{ prompt: 1_000_000n, completion: 2_000_000n }]

/** A request of at most so many bytes, with `unit` again and again. */
function bodyOf(unit: string, bytesMax: number): Buffer {
  const frame = { model: 'alpha/small', messages: [{ role: 'user', content: '' }] }
  const room = bytesMax - Buffer.byteLength(JSON.stringify(frame))
  const content = unit.repeat(Math.floor(room / Buffer.byteLength(JSON.stringify(unit).slice(1, -1))))
  return Buffer.from(JSON.stringify({ ...frame, messages: [{ role: 'user', content }] }))
}

/** What a request costs the thread that all requests share, before it is sent anywhere. */
function admit(body: Buffer): number {
  const { choices, images, inputTokens, requestedTokens } = parseChatRequest(body, null)
  const size = sizeHold({
    prices: PRICES,
    inputTokens,
    images,
    choices,
    requestedTokens,
    modelTokensMax: null,
    room: 1_000_000_000_000n,
    isContended: true,
  })
  expect(size.fits).toBe(true)
  return inputTokens
}

test.each([
  ['50,000 letters', 'a', 50_000],
  ['a million letters', 'a', LARGE_BODY_BYTES],
  ['a million spaces', ' ', LARGE_BODY_BYTES],
  // Each of them is two bytes, and takes as long to read as three.
  ['line ends', '\n', ESCAPED_BYTES],
  ['quotes', '"', ESCAPED_BYTES],
  ['emoji that are joined', '👩‍👩‍👧‍👦', LARGE_BODY_BYTES],
  ['marks above one letter', '\u0301', LARGE_BODY_BYTES],
  ['letters and digits by turns', 'a1', LARGE_BODY_BYTES],
  ['the longest word there is', 'Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz', LARGE_BODY_BYTES],
])('H4 %s are bounded by their bytes, in less than 5 ms', (_name, unit, bytes) => {
  const body = bodyOf(unit, bytes)
  expect(body.length).toBeLessThanOrEqual(bytes)
  expect(admit(body)).toBe(body.length)
  let least = Number.POSITIVE_INFINITY
  for (let run = 0; run < RUNS_MAX && least > ADMISSION_MS_MAX; run += 1) {
    const begin = process.threadCpuUsage()
    admit(body)
    const { system, user } = process.threadCpuUsage(begin)
    least = Math.min(least, (system + user) / 1_000)
  }
  expect(least).toBeLessThanOrEqual(ADMISSION_MS_MAX)
})
