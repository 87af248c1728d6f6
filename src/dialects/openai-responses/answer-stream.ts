import type { ErrorEnvelope } from '../../contract/common/errors.ts'
import type { ChatChunk, StreamPiece } from '../dialect.ts'
import { asObject, asText } from '../json-fields.ts'
import type { AnswerEnd, AnswerIdentity, AnswerStream, Counted } from '../protocol.ts'
import { OutputBuilder } from './build-output.ts'
import { adoptResponse, brokenResponse, outputText, toResponse } from './response-object.ts'
import { responsesUsageToWire } from './usage-wire.ts'

type Json = Record<string, unknown>

const LAST_EVENTS: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete', 'response.failed'])
/** For official clients, which want them also where a provider leaves them out. */
const WITH_LOGPROBS: ReadonlySet<string> = new Set(['response.output_text.delta', 'response.output_text.done'])

/** The events of one response, numbered from 0: those of a provider of the same format, or made of the chunks of a chat. The last
 *  one is held back until the cost is known. */
export class ResponsesAnswerStream implements AnswerStream {
  readonly #identity: AnswerIdentity
  readonly #builder: OutputBuilder
  #text = ''
  #count = 0
  #hasBegun = false
  #serviceTier: string | null = null
  /** The last event of the provider. */
  #last: Json | null = null
  /** The provider's items that are whole. */
  readonly #items: Json[] = []
  readonly #callNames = new Map<unknown, unknown>()

  constructor(identity: AnswerIdentity) {
    this.#identity = identity
    this.#builder = new OutputBuilder(identity.id, (type, fields) => this.#emit(type, fields))
  }

  echoUpstream(body: unknown): string {
    this.#emit('response.debug', { debug: { echo_upstream_body: body } })
    return this.#take()
  }

  write(pieces: readonly StreamPiece[]): string {
    for (const piece of pieces) {
      if ('native' in piece) this.#writeEvent(piece.native)
      else this.#writeChunk(piece)
    }
    return this.#take()
  }

  end(end: AnswerEnd): string {
    this.#begin()
    const usage = responsesUsageToWire(end.usage, end.cost)
    const response =
      this.#last === null
        ? this.#chatResponse(end, usage)
        : adoptResponse(asObject(this.#last['response']) ?? {}, this.#identity, usage)
    const type = asText(this.#last?.['type']) ?? `response.${response['status']}`
    this.#emit(type, { response: { ...response, output_text: outputText(response['output']), ...end.metadata } })
    return this.#take()
  }

  fail(error: ErrorEnvelope['error'], counted: Counted): string {
    this.#begin()
    this.#builder.finishReason = 'error'
    this.#builder.close()
    const output = [...this.#items, ...this.#builder.output]
    const response = brokenResponse(this.#identity, error, { output, counted })
    this.#emit(`response.${response['status']}`, { response })
    return this.#take()
  }

  #writeChunk(chunk: ChatChunk): void {
    this.#begin()
    this.#serviceTier = chunk.service_tier ?? this.#serviceTier
    for (const choice of chunk.choices) if ((choice['index'] ?? 0) === 0) this.#builder.add(choice)
  }

  #writeEvent({ type: name, sequence_number: _number, ...fields }: Json): void {
    const type = String(name)
    const response = asObject(fields['response'])
    if (LAST_EVENTS.has(type)) {
      this.#begin()
      this.#last = { type, response }
      return
    }
    if (type === 'response.created') this.#hasBegun = true
    this.#begin()
    this.#note(type, fields)
    const own =
      response === undefined ? this.#missingFields(type, fields) : { response: adoptResponse(response, this.#identity) }
    this.#emit(type, { ...fields, ...own })
  }

  #note(type: string, { item: value }: Json): void {
    const item = asObject(value)
    if (item?.['type'] === 'function_call') this.#callNames.set(item['id'], item['name'])
    if (item !== undefined && type === 'response.output_item.done') this.#items.push(item)
  }

  #missingFields(type: string, fields: Json): Json {
    if (WITH_LOGPROBS.has(type) && !Array.isArray(fields['logprobs'])) return { logprobs: [] }
    if (type !== 'response.function_call_arguments.done' || fields['name'] !== undefined) return {}
    return { name: this.#callNames.get(fields['item_id']) ?? '' }
  }

  #begin(): void {
    if (this.#hasBegun) return
    this.#hasBegun = true
    const response = toResponse(this.#identity, { status: 'in_progress', output: [] })
    this.#emit('response.created', { response })
    this.#emit('response.in_progress', { response })
  }

  #chatResponse(end: AnswerEnd, usage: Json): Json {
    return chatResponse(this.#identity, this.#builder, {
      ...end,
      usage,
      serviceTier: this.#serviceTier ?? end.usage.serviceTier ?? null,
    })
  }

  #emit(type: string, fields: Json): void {
    const event = JSON.stringify({ type, sequence_number: this.#count++, ...fields })
    this.#text += `event: ${type}\ndata: ${event}\n\n`
  }

  #take(): string {
    const text = this.#text
    this.#text = ''
    return text
  }
}

/** The whole response to what was said in the format of a chat. */
export function chatResponse(
  identity: AnswerIdentity,
  builder: OutputBuilder,
  end: { usage: Json; endedAt: number; serviceTier: string | null },
): Json {
  builder.close()
  const shared = { output: builder.output, usage: end.usage, serviceTier: end.serviceTier }
  switch (builder.finishReason) {
    case 'length':
      return toResponse(identity, { ...shared, status: 'incomplete', incompleteReason: 'max_output_tokens' })
    case 'content_filter':
      return toResponse(identity, { ...shared, status: 'incomplete', incompleteReason: 'content_filter' })
    case 'error': {
      const error = { code: 'server_error', message: 'Provider returned error' }
      const response = toResponse(identity, { ...shared, status: 'failed', error })
      return { ...response, error_type: 'provider_unavailable' }
    }
    default:
      return toResponse(identity, { ...shared, status: 'completed', completedAt: end.endedAt })
  }
}
