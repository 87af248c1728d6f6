import { DeltaReader } from '../delta-reader.ts'
import type { ChatChunk } from '../dialect.ts'
import { parseExactly } from '../exact-json.ts'
import { asObject, asText, keepRawUsage } from '../json-fields.ts'
import { SseEvents } from '../sse-events.ts'
import { blockReasonOf, CandidateReader, type Said } from './read-candidate.ts'
import { readLogprobs } from './read-logprobs.ts'
import { readGeminiUsage } from './read-usage.ts'

/*
 * `streamGenerateContent` as events. Each is a whole answer of its own with what came since the last one, its usage that of all
 * so far. No event says that it is the last, some models give a reason to finish with each: the end of the connection ends it.
 */

type Fields = Record<string, unknown>

/** Images come whole in one event. */
const LINE_BYTES_MAX = 32 * 1_048_576

export class GeminiStreamReader extends DeltaReader {
  readonly #events = new SseEvents(LINE_BYTES_MAX, parseExactly)
  readonly #candidates = new Map<number, CandidateReader>()
  /** Reasons to finish, by candidate. */
  readonly #reasons = new Map<number, string>()

  push(chunk: Buffer): ChatChunk[] {
    return this.error === undefined ? this.#readAll(this.#events.push(chunk)) : []
  }

  end(): ChatChunk[] {
    const chunks = this.error === undefined ? this.#readAll(this.#events.end()) : []
    if (this.error !== undefined) return chunks
    if (this.#reasons.size === 0 || !this.#events.isAtRest) {
      this.fail('Provider disconnected')
      return chunks
    }
    this.isDone = true
    for (const [index, native] of this.#reasons) {
      const reason = this.#candidates.get(index)?.finishReason(native) ?? 'content_filter'
      chunks.push(this.finish(index, reason, native))
    }
    return chunks
  }

  #readAll(events: readonly Fields[]): ChatChunk[] {
    const chunks: ChatChunk[] = []
    for (const event of events) if (this.error === undefined) this.#readEvent(event, chunks)
    const { problem } = this.#events
    if (problem !== undefined && this.error === undefined) this.fail(problem)
    return chunks
  }

  #readEvent(event: Fields, chunks: ChatChunk[]): void {
    const error = asObject(event['error'])
    if (error !== undefined) {
      const { code } = error
      this.fail('Provider returned error', typeof code === 'number' && code >= 400 && code <= 599 ? code : undefined)
      return
    }
    this.upstreamId ??= asText(event['responseId'])?.slice(0, 200) ?? null
    const candidates = Array.isArray(event['candidates']) ? event['candidates'] : []
    for (const [at, entry] of candidates.entries()) this.#readCandidate(asObject(entry) ?? {}, at, chunks)
    const blocked = blockReasonOf(event)
    if (blocked !== undefined && candidates.length === 0) this.#reasons.set(0, blocked)
    if (event['usageMetadata'] !== undefined) this.#readUsage(event['usageMetadata'])
  }

  #readUsage(told: unknown): void {
    const usage = readGeminiUsage(told) ?? this.usage
    // The first events may tell of the input alone, whatever they say: a stream that breaks off there is estimated.
    const isOfInput = usage?.completionTokens === 0 && this.hasContent && this.#reasons.size === 0
    this.usage = isOfInput ? undefined : usage
    this.usageRaw = keepRawUsage(told)
  }

  #readCandidate(candidate: Fields, at: number, chunks: ChatChunk[]): void {
    const index = Number.isInteger(candidate['index']) ? Number(candidate['index']) : at
    const reader = this.#candidates.get(index) ?? new CandidateReader(index)
    this.#candidates.set(index, reader)
    const delta = toDelta(reader.read(candidate, this.upstreamId))
    if (Object.keys(delta).length > 0) {
      const piece = this.piece(index, delta)
      const logprobs = readLogprobs(candidate['logprobsResult'])
      if (logprobs !== undefined) Object.assign(piece.choices[0] ?? {}, { logprobs })
      chunks.push(piece)
    }
    const native = asText(candidate['finishReason'])
    if (native !== null && native !== 'FINISH_REASON_UNSPECIFIED') this.#reasons.set(index, native)
  }
}

function toDelta({ content, reasoning, details, calls, images }: Said): Fields {
  const delta: Fields = {}
  if (content !== '') delta['content'] = content
  if (reasoning !== '') delta['reasoning'] = reasoning
  if (details.length > 0) delta['reasoning_details'] = details
  if (calls.length > 0) delta['tool_calls'] = calls
  if (images.length > 0) delta['images'] = images
  return delta
}
