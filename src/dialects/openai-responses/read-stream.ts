import { AnswerReader } from '../answer-reader.ts'
import type { ReadOptions, StreamError, StreamPiece } from '../dialect.ts'
import { asObject, asText, keepRawUsage, lookUp } from '../json-fields.ts'
import { SseEvents } from '../sse-events.ts'
import type { Transcript } from '../transcript.ts'
import { finishOf } from './finish.ts'
import { readResponsesUsage } from './read-usage.ts'
import { type ChatDelta, OutputTranslator } from './translate-output.ts'

/** The last event holds the whole answer, and what was asked. */
const LINE_BYTES_MAX = 16 * 1_048_576

/** What a provider's own codes mean; others are its fault. */
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  rate_limit_exceeded: 429,
  server_is_overloaded: 503,
  slow_down: 503,
  invalid_prompt: 400,
  context_length_exceeded: 400,
}

/**
 * A provider's stream of events. Its end is one event of three, `response.completed`, `response.incomplete` or
 * `response.failed`, or `error`; an end of the connection before that is a failure.
 */
export class ResponsesStreamReader extends AnswerReader {
  readonly #events = new SseEvents(LINE_BYTES_MAX)
  readonly #output = new OutputTranslator()
  readonly #isNative: boolean
  #hasBegun = false

  constructor(transcript: Transcript | null, { isNative }: ReadOptions) {
    super(transcript)
    this.#isNative = isNative
  }

  push(chunk: Buffer): StreamPiece[] {
    return this.#readAll(this.#events.push(chunk))
  }

  end(): StreamPiece[] {
    const pieces = this.isOver ? [] : this.#readAll(this.#events.end())
    if (!this.isOver) this.fail('Provider disconnected')
    return pieces
  }

  #readAll(events: readonly Record<string, unknown>[]): StreamPiece[] {
    const pieces: StreamPiece[] = []
    for (const event of events) {
      if (this.isOver) break
      this.#readEvent(event, pieces)
    }
    const { problem } = this.#events
    if (problem !== undefined && !this.isOver) this.fail(problem)
    return pieces
  }

  #readEvent(event: Record<string, unknown>, pieces: StreamPiece[]): void {
    const { type } = event
    if (type === 'error' || (type === undefined && event['error'])) {
      this.error = readError(asObject(event['error']) ?? event)
      return
    }
    const response = asObject(event['response'])
    if (type === 'response.failed') {
      this.error = readError(asObject(response?.['error']) ?? {})
      return
    }
    if (this.upstreamId === null) this.upstreamId = asText(response?.['id'])?.slice(0, 200) ?? null
    const isEnd = type === 'response.completed' || type === 'response.incomplete'
    this.#pass(isEnd ? this.#missingDeltas(response) : this.#output.read(event), pieces)
    if (this.#isNative && typeof type === 'string') pieces.push({ native: event })
    if (isEnd) this.#finish(type, response ?? {}, pieces)
  }

  /** Of items that were never streamed. */
  #missingDeltas(response: Record<string, unknown> | undefined): ChatDelta[] {
    const output = Array.isArray(response?.['output']) ? response['output'] : []
    return output.flatMap((item, index) => this.#output.readWhole(asObject(item), index))
  }

  #pass(deltas: readonly ChatDelta[], pieces: StreamPiece[]): void {
    for (const { delta, logprobs } of deltas) {
      this.count(delta)
      this.transcript?.add(delta)
      if (this.#isNative) continue
      const role = this.#hasBegun ? {} : { role: 'assistant' }
      this.#hasBegun = true
      pieces.push(chunkOf({ ...role, ...delta }, logprobs === undefined ? {} : { logprobs: { content: logprobs } }))
    }
  }

  #finish(type: string, response: Record<string, unknown>, pieces: StreamPiece[]): void {
    this.isDone = true
    this.usage = readResponsesUsage(response['usage'], response['service_tier'])
    this.usageRaw = keepRawUsage(response['usage'])
    const finish = finishOf(type === 'response.completed', response, this.#output.hasToolCalls)
    this.finishReason = finish.reason
    this.nativeFinishReason = finish.native
    if (this.#isNative) return
    const chunk = chunkOf({}, { finish_reason: finish.reason, native_finish_reason: finish.native })
    const serviceTier = asText(response['service_tier'])
    pieces.push(serviceTier === null ? chunk : { ...chunk, service_tier: serviceTier })
  }
}

function chunkOf(delta: Record<string, unknown>, more: Record<string, unknown>): StreamPiece {
  return { choices: [{ index: 0, delta, finish_reason: null, native_finish_reason: null, ...more }] }
}

function readError(error: Record<string, unknown>): StreamError {
  const code = asText(error['code']) ?? asText(error['type']) ?? ''
  return { status: lookUp(STATUS_OF_CODE, code), message: 'Provider returned error' }
}
