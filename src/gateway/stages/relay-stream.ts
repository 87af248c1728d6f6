import type { ServerResponse } from 'node:http'
import type { StreamPiece, StreamReader } from '../../dialects/dialect.ts'
import type { AnswerStream } from '../../dialects/protocol.ts'
import type { Endpoint } from '../../domain/catalogue.ts'
import { dialectOf, type Inference } from '../inference.ts'
import type { AttemptRecord, UpstreamCall, UpstreamFailure } from '../ports.ts'
import { attemptRecord, type Outcome } from './attempt.ts'
import { headerText } from './dispatch-json.ts'
import { leastTokens, outputAllowance } from './output-allowance.ts'
import {
  type AttemptFailure,
  failureOfConnection,
  failureOfExcess,
  failureOfInvalidAnswer,
  failureOfStatus,
} from './upstream-error.ts'

/*
 * One streamed inference from the first attempt to its terminal state. Nothing reaches the caller before an attempt has
 * produced content, so that another endpoint can still take over; a comment after a long silence is no content. Once
 * content has gone out the attempt is final: its end, its failure or the caller's leaving ends the inference. The caller's
 * socket slows the provider down: at most one upstream piece is buffered beyond what the socket takes.
 */

const ERROR_BODY_BYTES_MAX = 65_536
const KEEP_ALIVE_COMMENT = ': OPENROUTER PROCESSING\n\n'

export class StreamRelay {
  readonly #inference: Inference
  readonly #response: ServerResponse
  readonly #headers: Record<string, string | number>
  readonly #record: ((text: string) => void) | undefined
  readonly #attempts: AttemptRecord[] = []
  readonly #begin: number
  #resolve: (outcome: Outcome) => void = () => {}
  #at = 0
  #attemptStart: number | undefined
  #call: UpstreamCall | undefined
  #stream: StreamReader
  #answer: AnswerStream
  #status = 0
  #retryAfter: string | undefined
  #errorBody = ''
  #isEventStream = true
  #held = ''
  /** Tokens that the hold pays for. */
  #outputMax = Number.POSITIVE_INFINITY
  #hasSentContent = false
  #firstContentAt: number | null = null
  #isOver = false
  #isPaused = false
  #silence: NodeJS.Timeout | undefined
  #deadline: NodeJS.Timeout | undefined

  /** `record` is told what is sent. */
  constructor(
    inference: Inference,
    response: ServerResponse,
    headers: Record<string, string | number>,
    record: ((text: string) => void) | undefined,
  ) {
    this.#inference = inference
    this.#record = record
    this.#response = response
    this.#headers = headers
    this.#begin = inference.parts.clock.monotonic()
    this.#stream = this.#newReader()
    this.#answer = this.#newAnswer()
  }

  /** Resolves once, when nothing more will come from upstream. The caller's stream is still open unless it has left. */
  run(): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#resolve = resolve
      this.#response.on('close', this.#onCallerGone)
      this.#response.on('drain', this.#onDrain)
      const { keepAliveCommentMs, requestDeadlineMs } = this.#inference.parts.settings
      this.#silence = setInterval(() => this.#write(KEEP_ALIVE_COMMENT), keepAliveCommentMs)
      this.#deadline = setTimeout(() => this.#onDeadline(), requestDeadlineMs)
      if (this.#response.destroyed) this.#onCallerGone()
      else this.#startAttempt()
    })
  }

  get #endpoint(): Endpoint {
    const endpoint = this.#inference.endpoints[this.#at]
    if (endpoint === undefined) throw new Error('no such attempt')
    return endpoint
  }

  #newReader(): StreamReader {
    const endpoint = this.#endpoint
    return dialectOf(endpoint).newReader(this.#inference.newTranscript(), this.#inference.readOptionsFor(endpoint))
  }

  #newAnswer(): AnswerStream {
    return this.#inference.protocol.newStream(this.#inference.identityFor(this.#endpoint))
  }

  /** What the caller is sent, to be ended by whoever knows the cost. */
  get answer(): AnswerStream {
    return this.#answer
  }

  #startAttempt(): void {
    this.#attemptStart = this.#inference.parts.clock.monotonic()
    this.#stream = this.#newReader()
    this.#answer = this.#newAnswer()
    this.#status = 0
    this.#errorBody = ''
    this.#isEventStream = true
    this.#held = ''
    this.#outputMax = outputAllowance(this.#inference, this.#endpoint) ?? Number.POSITIVE_INFINITY
    this.#call = this.#inference.parts.upstream.send(this.#inference.requestFor(this.#endpoint), {
      onHeaders: (status, headers) => {
        this.#status = status
        this.#retryAfter = headerText(headers['retry-after'])
        const type = headerText(headers['content-type']) ?? ''
        this.#isEventStream = status === 200 && !/application\/json|text\/html/i.test(type)
      },
      onData: (chunk) => this.#onData(chunk),
      onEnd: () => this.#onEnd(),
      onFailure: (failure) => this.#onFailure(failure),
    })
  }

  #onData(chunk: Buffer): void {
    if (this.#isOver) return
    if (!this.#isEventStream) {
      if (this.#errorBody.length < ERROR_BODY_BYTES_MAX) this.#errorBody += chunk.toString('utf8')
      return
    }
    this.#forward(this.#stream.push(chunk))
    if (this.#stream.error) this.#call?.abort()
    if (this.#stream.error || this.#stream.isDone) this.#onStreamOver()
    else if (this.#stream.finishReason === null && leastTokens(this.#stream) > this.#outputMax) this.#cutOff()
  }

  /** The provider goes on beyond what it was asked for: what the request holds is used up. */
  #cutOff(): void {
    this.#call?.abort()
    this.#finish('upstream_error', failureOfExcess())
  }

  #onEnd(): void {
    if (this.#isOver) return
    if (!this.#isEventStream) {
      const failure =
        this.#status === 200
          ? failureOfInvalidAnswer()
          : failureOfStatus(this.#status, {
              message: dialectOf(this.#endpoint).errorMessage(this.#errorBody),
              retryAfter: this.#retryAfter,
            })
      this.#onAttemptFailed(failure)
      return
    }
    this.#forward(this.#stream.end())
    this.#onStreamOver()
  }

  #onFailure(failure: UpstreamFailure): void {
    if (!this.#isOver) this.#onAttemptFailed(failureOfConnection(failure))
  }

  #onStreamOver(): void {
    const { error } = this.#stream
    if (error) {
      const failure = failureOfStatus(error.status ?? 502, { message: undefined, retryAfter: undefined })
      this.#onAttemptFailed({ ...failure, mayFallBack: true, status: error.status ?? 200 })
      return
    }
    if (this.#stream.finishReason === null && !this.#stream.hasContent) {
      this.#onAttemptFailed(failureOfInvalidAnswer())
      return
    }
    this.#finish('done', null)
  }

  #forward(pieces: readonly StreamPiece[]): void {
    if (pieces.length === 0) return
    const events = this.#answer.write(pieces)
    if (events === '') return
    if (!this.#hasSentContent) {
      this.#held += events
      if (!this.#stream.hasContent && this.#stream.finishReason === null) return
      this.#hasSentContent = true
      this.#firstContentAt = this.#inference.parts.clock.monotonic()
      this.#write(this.#held)
      this.#held = ''
      return
    }
    this.#write(events)
  }

  #write(text: string): void {
    if (!this.#response.headersSent) this.#response.writeHead(200, this.#headers)
    this.#silence?.refresh()
    this.#record?.(text)
    if (this.#response.write(text) || this.#isPaused) return
    this.#isPaused = true
    this.#call?.pause()
  }

  readonly #onDrain = (): void => {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#call?.resume()
  }

  readonly #onCallerGone = (): void => {
    if (this.#isOver) return
    this.#call?.abort()
    this.#finish('cancelled', null)
  }

  #onDeadline(): void {
    if (this.#isOver) return
    this.#call?.abort()
    this.#finish('upstream_error', {
      ...failureOfConnection({ kind: 'timeout', message: 'deadline' }),
      mayFallBack: false,
    })
  }

  #onAttemptFailed(failure: AttemptFailure): void {
    const hasNext = this.#at + 1 < this.#inference.endpoints.length
    if (this.#hasSentContent || !failure.mayFallBack || !hasNext) {
      this.#finish('upstream_error', failure)
      return
    }
    this.#recordAttempt(failure)
    this.#at += 1
    this.#startAttempt()
  }

  /** Who has left before it was let in was nowhere. */
  #recordAttempt(failure: AttemptFailure | null): void {
    const begin = this.#attemptStart
    if (begin === undefined) return
    this.#attempts.push(attemptRecord(this.#endpoint, begin, this.#inference.parts.clock.monotonic(), failure))
  }

  #finish(kind: Outcome['kind'], failure: AttemptFailure | null): void {
    this.#isOver = true
    clearInterval(this.#silence)
    clearTimeout(this.#deadline)
    this.#response.off('close', this.#onCallerGone)
    this.#response.off('drain', this.#onDrain)
    this.#recordAttempt(failure)
    const stream = this.#stream
    this.#resolve({
      kind,
      endpoint: this.#endpoint,
      attempts: this.#attempts,
      failure,
      usage: stream.usage,
      usageRaw: stream.usageRaw,
      upstreamId: stream.upstreamId,
      finishReason: stream.finishReason,
      nativeFinishReason: stream.nativeFinishReason,
      outputBytes: stream.outputBytes,
      contentChunks: stream.contentChunks,
      transcript: stream.transcript,
      latencyMs: this.#firstContentAt === null ? null : this.#firstContentAt - this.#begin,
    })
  }
}
