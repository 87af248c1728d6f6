import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ChatAnswer, Frame } from './chat-answer.ts'
import { DONE, errorEnvelope, sseEvent } from './chat-answer.ts'
import type { FaultName, ReplyPlan } from './reply-plan.ts'

/** Where a delivery reports to: what has been billed, and that the upstream itself is about to break the exchange. */
export interface DeliveryLog {
  billPrompt(tokens: number): void
  billCompletion(tokens: number): void
  cutByUpstream(): void
}

export interface Delivery {
  response: ServerResponse
  plan: ReplyPlan
  answer: ChatAnswer
  stream: boolean
  log: DeliveryLog
}

const DEFAULT_AFTER_CHUNKS = 2
const HUGE_BYTES = 10 * 1024 * 1024
const GARBAGE = Buffer.from(Array.from({ length: 512 }, (_, index) => (index * 167 + 89) % 256))

/** Sends the answer, or breaks off in the way the plan's fault says. Returns when nothing more will be sent. */
export async function deliverAnswer(delivery: Delivery): Promise<void> {
  const { plan, response } = delivery
  await plan.gate
  if (plan.delayMs) await sleep(plan.delayMs)
  if (response.destroyed) return
  if (plan.status !== undefined && plan.status !== 200) return sendError(delivery, plan.status)
  if (plan.fault === undefined) return sendFrames(delivery, delivery.answer.frames)
  await FAULTS[plan.fault](delivery)
}

const FAULTS: Record<FaultName, (delivery: Delivery) => Promise<void>> = {
  reset: async ({ response, log }) => {
    log.cutByUpstream()
    response.socket?.resetAndDestroy()
  },
  'close-before-answer': async ({ response, log }) => {
    log.cutByUpstream()
    response.socket?.end()
  },
  'hang-before-headers': async () => {},
  'hang-after-headers': async (delivery) => sendHead(delivery),
  'hang-mid-stream': async (delivery) => sendPart(delivery),
  'reset-mid-stream': async (delivery) => {
    await sendPart(delivery)
    delivery.log.cutByUpstream()
    delivery.response.socket?.resetAndDestroy()
  },
  'half-close': async (delivery) => {
    await sendPart(delivery)
    delivery.log.cutByUpstream()
    delivery.response.socket?.end()
  },
  'one-byte-per-second': async (delivery) => sendBytewise(delivery, delivery.plan.byteIntervalMs ?? 1_000),
  'tiny-writes': async (delivery) => sendBytewise(delivery, 0),
  'garbage-bytes': async ({ response, log }) => {
    log.cutByUpstream()
    response.socket?.end(GARBAGE)
  },
  'garbage-body': async (delivery) => sendFrames(delivery, [{ bytes: GARBAGE, tokens: 0 }]),
  'html-200': async (delivery) => {
    delivery.answer.contentType = 'text/html; charset=utf-8'
    const page = '<!doctype html><html><head><title>Welcome</title></head><body><h1>It works!</h1></body></html>'
    await sendFrames(delivery, [{ bytes: Buffer.from(page), tokens: 0 }])
  },
  'empty-200': async (delivery) => sendFrames(delivery, []),
  'truncated-json': async (delivery) => sendFrames(delivery, truncated(delivery)),
  'invalid-utf8': async (delivery) => sendFrames(delivery, delivery.answer.frames.map(withInvalidUtf8)),
  'mixed-line-ends': async (delivery) => sendFrames(delivery, mixedLineEnds(delivery)),
  'huge-line': async (delivery) => sendFrames(delivery, hugeLine(delivery)),
  'no-done': async (delivery) => {
    await sendFrames(
      delivery,
      delivery.answer.frames.filter((frame) => frame.bytes !== DONE),
    )
  },
  'error-in-200': async (delivery) => {
    const failure = errorEnvelope(500)
    const bytes = delivery.stream ? sseEvent(failure) : Buffer.from(JSON.stringify(failure))
    await sendFrames(delivery, [...(delivery.stream ? firstFrames(delivery) : []), { bytes, tokens: 0 }])
  },
}

function sendHead({ response, answer, plan, log }: Delivery, bodyBytes?: number): void {
  const length = bodyBytes === undefined ? {} : { 'content-length': String(bodyBytes) }
  response.writeHead(200, { 'content-type': answer.contentType, ...length, ...plan.headers })
  response.flushHeaders()
  log.billPrompt(answer.promptTokens)
}

/** JSON goes out with its length, a stream chunked with one write per frame. */
async function sendFrames(delivery: Delivery, frames: readonly Frame[]): Promise<void> {
  const { plan, response, stream, log } = delivery
  sendHead(delivery, stream ? undefined : frames.reduce((sum, frame) => sum + frame.bytes.length, 0))
  const gateIndex = stream ? (plan.afterChunks ?? DEFAULT_AFTER_CHUNKS) + 1 : 0
  for (const [index, frame] of frames.entries()) {
    if (index === gateIndex) await plan.midGate
    if (index > 0 && plan.chunkDelayMs) await sleep(plan.chunkDelayMs)
    if (response.destroyed) return
    log.billCompletion(frame.tokens)
    await write(response, frame.bytes)
  }
  response.end()
}

/** The start of a correct answer: the first chunks of a stream, half of a JSON body under its full length. */
async function sendPart(delivery: Delivery): Promise<void> {
  const { response, answer, stream, log } = delivery
  if (stream) {
    sendHead(delivery)
    for (const frame of firstFrames(delivery)) {
      log.billCompletion(frame.tokens)
      await write(response, frame.bytes)
    }
    return
  }
  const body = Buffer.concat(answer.frames.map((frame) => frame.bytes))
  sendHead(delivery, body.length)
  log.billCompletion(answer.frames.reduce((sum, frame) => sum + frame.tokens, 0))
  await write(response, body.subarray(0, body.length >> 1))
}

/** One write, hence one TCP segment, per byte of the body. */
async function sendBytewise(delivery: Delivery, intervalMs: number): Promise<void> {
  const { response, answer, stream, log } = delivery
  sendHead(delivery, stream ? undefined : answer.frames.reduce((sum, frame) => sum + frame.bytes.length, 0))
  for (const frame of answer.frames) {
    log.billCompletion(frame.tokens)
    for (let offset = 0; offset < frame.bytes.length; offset++) {
      if (response.destroyed) return
      await write(response, frame.bytes.subarray(offset, offset + 1))
      await (intervalMs > 0 ? sleep(intervalMs) : new Promise<void>((resolve) => setImmediate(resolve)))
    }
  }
  response.end()
}

/** Returns at once when the peer keeps up; else when it has read enough, or is gone. */
async function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  if (response.destroyed || response.write(bytes)) return
  const drained = new AbortController()
  const { signal } = drained
  await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })])
  drained.abort()
}

async function sendError({ response, plan }: Delivery, status: number): Promise<void> {
  const body = plan.errorBody ?? errorEnvelope(status)
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const retryAfter = plan.retryAfter === undefined ? {} : { 'retry-after': plan.retryAfter }
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': String(bytes.length),
    ...retryAfter,
    ...plan.headers,
  })
  response.end(bytes)
}

/** The role chunk and `afterChunks` content chunks. */
function firstFrames({ answer, plan }: Delivery): Frame[] {
  return answer.frames.slice(0, 1 + (plan.afterChunks ?? DEFAULT_AFTER_CHUNKS))
}

function truncated(delivery: Delivery): Frame[] {
  if (!delivery.stream) return delivery.answer.frames.map(half)
  const frames = firstFrames(delivery)
  const last = frames.pop()
  const cut = last ? [{ bytes: Buffer.concat([half(last).bytes, Buffer.from('\n\n')]), tokens: last.tokens }] : []
  return [...frames, ...cut, { bytes: DONE, tokens: 0 }]
}

function half(frame: Frame): Frame {
  return { bytes: frame.bytes.subarray(0, frame.bytes.length >> 1), tokens: frame.tokens }
}

/** Puts a lone lead byte, a lone continuation byte and 0xFF into the generated word, which stays inside its JSON string. */
function withInvalidUtf8(frame: Frame): Frame {
  const at = frame.bytes.indexOf('word')
  if (at < 0) return frame
  const bytes = Buffer.concat([
    frame.bytes.subarray(0, at),
    Buffer.from([0xc3, 0x28, 0x80, 0xff]),
    frame.bytes.subarray(at),
  ])
  return { bytes, tokens: frame.tokens }
}

/** A correct answer in the odd but legal forms of the SSE standard, or JSON between CRLF white space. */
function mixedLineEnds({ answer, stream }: Delivery): Frame[] {
  if (!stream) {
    const [body] = answer.frames
    return body
      ? [{ bytes: Buffer.concat([Buffer.from('\r\n\t '), body.bytes, Buffer.from('\r\n\r\n')]), tokens: body.tokens }]
      : []
  }
  const forms = [
    (data: string) => `: comment\r\ndata: ${data}\r\n\r\n`,
    (data: string) => `event: message\rdata:${data}\r\r`,
    (data: string) => `id: 7\nretry: 1000\r\ndata: ${data}\n\r\n`,
    (data: string) => `data: ${data}\n\n: keep-alive\n\n`,
    (data: string) => `data: ${data.replace(',"choices"', '\r\ndata: ,"choices"')}\r\n\r\n`,
  ]
  return answer.frames.map((frame, index) => {
    const data = frame.bytes.toString().slice('data: '.length, -2)
    const form = forms[index % forms.length]
    return { bytes: Buffer.from(form ? form(data) : ''), tokens: frame.tokens }
  })
}

/** Pads the first word to `hugeBytes`; the answer stays correct JSON, on one line. */
function hugeLine({ answer, plan }: Delivery): Frame[] {
  const at = answer.frames.findIndex((frame) => frame.bytes.includes('word0'))
  const padding = 'x'.repeat(plan.hugeBytes ?? HUGE_BYTES)
  return answer.frames.map((frame, index) =>
    index === at
      ? { bytes: Buffer.from(frame.bytes.toString().replace('word0', padding)), tokens: frame.tokens }
      : frame,
  )
}
