import type { ServerResponse } from 'node:http'
import type { StreamPiece, StreamReader } from '../../dialects/dialect.ts'
import type { AnswerStream } from '../../dialects/protocol.ts'
import { GatheredBytes } from '../../platform/gathered-bytes.ts'
import { dialectOf, type Inference } from '../inference.ts'
import type { UpstreamCall, UpstreamFailure } from '../ports.ts'
import type { Outcome } from './attempt.ts'
import { Attempts, failureOfThrown, requestOf } from './attempts.ts'
import type { FramedAnswer } from './framed-answer.ts'
import { judgeCalls } from './judge-calls.ts'
import { leastTokens, outputAllowance } from './output-allowance.ts'
import { headerText, readRetryAfter } from './retry-after.ts'
import { prepareMedia } from './spend-again.ts'
import {
  type AttemptFailure,
  failureOfConnection,
  failureOfExcess,
  failureOfInvalidAnswer,
  failureOfRefusal,
  failureOfStatus,
} from './upstream-error.ts'

/*
 * One streamed inference from the first attempt to its terminal state. Nothing reaches the caller before an attempt has
 * produced content, so that another endpoint can still take over; a comment after a long silence is no content. Once
 * content has gone out the attempt is final: its end, its failure or the caller's leaving ends the inference. The caller's
 * socket slows the provider down: at most one upstream piece is buffered beyond what the socket takes.
 */

const ERROR_BODY_BYTES_MAX = 65_536
/** Of what comes before any content, in UTF-16 code units: no provider begins with so much. */
const HELD_LENGTH_MAX = 1_048_576
/** What a provider may send behind the end of its answer before the connection is given up. */
const EXCESS_BYTES_MAX = 65_536
const KEEP_ALIVE_COMMENT = ': OPENROUTER PROCESSING\n\n'

export class StreamRelay {
  readonly #inference: Inference
  readonly #response: ServerResponse
  readonly #out: FramedAnswer
  readonly #record: ((text: string) => void) | undefined
  readonly #attempts: Attempts
  readonly #begin: number
  #resolve: (outcome: Outcome) => void = () => {}
  #call: UpstreamCall | undefined
  #stream: StreamReader
  #answer: AnswerStream
  #status = 0
  #retryAfterSeconds: number | undefined
  readonly #errorBody = new GatheredBytes()
  #isEventStream = true
  /** What was sent in each attempt, for a caller who asks to see it, and the same in the words of the present answer. */
  readonly #sentBodies: unknown[] = []
  #echoes = ''
  #held = ''
  /** Tokens that the hold pays for. */
  #outputMax = Number.POSITIVE_INFINITY
  #hasSentContent = false
  #firstContentAt: number | null = null
  #isOver = false
  #excessBytes = 0
  #isPaused = false
  #silence: NodeJS.Timeout | undefined
  #deadline: NodeJS.Timeout | undefined
  /** Ends an attempt that has shown no content for too long. */
  #contentDeadline: NodeJS.Timeout | undefined

  /** `out` is what `response` is written by; `record` is told what is sent. */
  constructor(
    inference: Inference,
    response: ServerResponse,
    out: FramedAnswer,
    record: ((text: string) => void) | undefined,
  ) {
    this.#inference = inference
    this.#record = record
    this.#response = response
    this.#out = out
    this.#begin = inference.parts.clock.monotonic()
    this.#attempts = new Attempts(inference)
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
      else this.#safely(this.#startNext, undefined)
    })
  }

  #newReader(): StreamReader {
    const { endpoint } = this.#attempts
    return dialectOf(endpoint).newReader(this.#inference.newTranscript(), this.#inference.readOptionsFor(endpoint))
  }

  #newAnswer(): AnswerStream {
    return this.#inference.protocol.newStream(this.#inference.identityFor(this.#attempts.endpoint))
  }

  /** What the caller is sent, to be ended by whoever knows the cost. */
  get answer(): AnswerStream {
    return this.#answer
  }

  #startNext(): void {
    const begun = this.#attempts.begin()
    if (typeof begun === 'boolean') this.#onBegun(begun)
    else void this.#beginLater(begun)
  }

  async #beginLater(begun: Promise<boolean>): Promise<void> {
    try {
      this.#onBegun(await begun)
    } catch (error) {
      this.#onThrown(error)
    }
  }

  #onBegun(isBegun: boolean): void {
    if (this.#isOver) return
    if (!isBegun) this.#finish('upstream_error', this.#attempts.finalFailure())
    else if (this.#inference.hasToEmbed(this.#attempts.endpoint)) void this.#sendWithMedia()
    else this.#send(null)
  }

  async #sendWithMedia(): Promise<void> {
    try {
      const problem = await prepareMedia(this.#inference, this.#attempts.endpoint)
      if (!this.#isOver) this.#send(problem)
    } catch (error) {
      this.#onThrown(error)
    }
  }

  /** `problem`: why there is nothing to send. */
  #send(problem: AttemptFailure | null): void {
    const { endpoint } = this.#attempts
    const { clock, settings, upstream } = this.#inference.parts
    this.#stream = this.#newReader()
    this.#answer = this.#newAnswer()
    this.#status = 0
    this.#retryAfterSeconds = undefined
    this.#errorBody.clear()
    this.#isPaused = false
    this.#isEventStream = true
    this.#held = ''
    this.#outputMax = outputAllowance(this.#inference, endpoint) ?? Number.POSITIVE_INFINITY
    const request = problem ?? requestOf(this.#inference, endpoint)
    if ('mayFallBack' in request) {
      this.#onAttemptFailed(request)
      return
    }
    if (this.#inference.request.extras?.echoesUpstream === true) this.#echo(request.body)
    this.#contentDeadline = setTimeout(() => this.#onContentDeadline(), settings.upstreamContentTimeoutMs)
    this.#call = upstream.send(request, {
      onHeaders: (status, headers) => {
        this.#status = status
        const type = headerText(headers['content-type']) ?? ''
        this.#isEventStream = status === 200 && !/application\/json|text\/html/i.test(type)
        if (status !== 200) this.#retryAfterSeconds = readRetryAfter(headers, clock.now())
      },
      onData: (chunk) => this.#safely(this.#onData, chunk),
      onEnd: () => this.#safely(this.#onEnd, undefined),
      onFailure: (failure) => this.#safely(this.#onFailure, failure),
    })
  }

  #echo(body: string | Buffer): void {
    this.#sentBodies.push(JSON.parse(body.toString()))
    this.#echoes = this.#sentBodies.map((sent) => this.#answer.echoUpstream?.(sent) ?? '').join('')
  }

  #onData(chunk: Buffer): void {
    if (this.#isOver) {
      this.#excessBytes += chunk.length
      if (this.#excessBytes > EXCESS_BYTES_MAX) this.#call?.abort()
      return
    }
    if (!this.#isEventStream) {
      if (this.#errorBody.length < ERROR_BODY_BYTES_MAX) this.#errorBody.append(chunk)
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
    this.#fail(failureOfExcess())
  }

  #onEnd(): void {
    if (this.#isOver) return
    if (!this.#isEventStream) {
      const failure =
        this.#status === 200
          ? failureOfInvalidAnswer()
          : failureOfRefusal(this.#attempts.endpoint, {
              status: this.#status,
              body: this.#errorBody.bytes.toString('utf8'),
              retryAfterSeconds: this.#retryAfterSeconds,
            })
      this.#onAttemptFailed(failure)
      return
    }
    this.#forward(this.#stream.end())
    this.#onStreamOver()
  }

  #onFailure(failure: UpstreamFailure): void {
    if (this.#isOver) return
    // Nothing is missing of an answer that has said how it ended.
    if (this.#hasSentContent && this.#stream.finishReason !== null) this.#done()
    else this.#onAttemptFailed(failureOfConnection(failure))
  }

  #onStreamOver(): void {
    const { error } = this.#stream
    if (error) {
      const failure = failureOfStatus(error.status ?? 502, { message: undefined, retryAfterSeconds: undefined })
      this.#onAttemptFailed({ ...failure, mayFallBack: 'to_any', status: error.status ?? 200 })
      return
    }
    if (this.#stream.finishReason === null && !this.#stream.hasContent) {
      this.#onAttemptFailed(failureOfInvalidAnswer())
      return
    }
    this.#done()
  }

  #done(): void {
    const { contentChunks, finishReason, nativeFinishReason, transcript, usage } = this.#stream
    const calls = transcript?.isTruncated === false ? transcript.toolCalls : undefined
    this.#attempts.succeeded(this.#inference.parts.clock.monotonic(), {
      completionTokens: usage?.completionTokens ?? contentChunks,
      areToolCallsValid: judgeCalls(this.#inference, { finishReason, calls }),
      nativeFinishReason,
    })
    this.#finish('done', null)
  }

  #forward(pieces: readonly StreamPiece[]): void {
    if (pieces.length === 0) return
    const events = this.#answer.write(pieces)
    if (!this.#hasSentContent) {
      this.#held += events
      if (this.#held === '') return
      if (!this.#stream.hasContent && this.#stream.finishReason === null) {
        if (this.#held.length > HELD_LENGTH_MAX) throw new RangeError('nothing but what comes before content')
        return
      }
      this.#hasSentContent = true
      clearTimeout(this.#contentDeadline)
      this.#firstContentAt = this.#inference.parts.clock.monotonic()
      this.#attempts.hasContent(this.#firstContentAt)
      this.#write(this.#echoes + this.#held)
      this.#held = ''
      return
    }
    if (events !== '') this.#write(events)
  }

  #write(text: string): void {
    this.#silence?.refresh()
    this.#record?.(text)
    if (this.#out.write(text) || this.#isPaused) return
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
    this.#attempts.left(this.#inference.parts.clock.monotonic())
    this.#finish('cancelled', null)
  }

  /** Whatever is thrown, the inference ends: its money is held, and timers run. */
  #safely<Given>(step: (this: StreamRelay, given: Given) => void, given: Given): void {
    try {
      step.call(this, given)
    } catch (error) {
      this.#onThrown(error)
    }
  }

  /** RangeError: an answer that is nested too deep to be written again, or has no content for too long. */
  #onThrown(error: unknown): void {
    if (error instanceof RangeError && !this.#isOver) {
      this.#call?.abort()
      this.#safely(this.#onAttemptFailed, failureOfInvalidAnswer())
      return
    }
    const failure = failureOfThrown(this.#inference, error)
    if (this.#isOver) return
    this.#call?.abort()
    this.#fail(failure)
  }

  #onDeadline(): void {
    if (this.#isOver) return
    this.#call?.abort()
    const failure = failureOfConnection({ kind: 'timeout', message: 'deadline' })
    // Of a long answer the bound is ours.
    this.#fail({ ...failure, mayFallBack: 'no', isFault: !this.#hasSentContent })
  }

  #onContentDeadline(): void {
    if (this.#isOver) return
    this.#call?.abort()
    this.#safely(this.#onAttemptFailed, failureOfConnection({ kind: 'timeout', message: 'no content' }))
  }

  #onAttemptFailed(failure: AttemptFailure): void {
    if (this.#hasSentContent) {
      this.#fail(failure)
      return
    }
    clearTimeout(this.#contentDeadline)
    this.#attempts.failed(this.#inference.parts.clock.monotonic(), failure)
    this.#startNext()
  }

  #fail(failure: AttemptFailure): void {
    this.#attempts.failed(this.#inference.parts.clock.monotonic(), failure)
    this.#finish('upstream_error', this.#attempts.finalFailure())
  }

  #finish(kind: Outcome['kind'], failure: AttemptFailure | null): void {
    this.#isOver = true
    this.#attempts.close()
    clearInterval(this.#silence)
    clearTimeout(this.#deadline)
    clearTimeout(this.#contentDeadline)
    this.#response.off('close', this.#onCallerGone)
    this.#response.off('drain', this.#onDrain)
    // Nobody would go on with it, and its connection would never be free again.
    if (kind === 'done' && this.#isPaused) this.#call?.resume()
    // What it has begun with was never sent.
    if (!this.#hasSentContent) this.#answer = this.#newAnswer()
    const stream = this.#stream
    this.#resolve({
      kind,
      endpoint: this.#attempts.endpoint,
      attempts: this.#attempts.records,
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
