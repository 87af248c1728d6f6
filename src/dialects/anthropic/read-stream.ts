import { AnswerReader } from '../answer-reader.ts'
import type { StreamPiece } from '../dialect.ts'
import { normalizeFinishReason } from '../finish-reason.ts'
import { asObject, asObjects, asText, keepRawUsage } from '../json-fields.ts'
import { SseEvents } from '../sse-events.ts'
import type { Transcript } from '../transcript.ts'
import { toServiceTier } from './decode-answer.ts'
import { statusOfError } from './error-types.ts'
import { mergeUsage, readMessagesUsage } from './read-usage.ts'
import { redactedDetail, thoughtDetail } from './reasoning-details.ts'

/*
 * A provider's stream of message events. Its ends: `message_stop`, an error event, and the bare end of the connection, which counts
 * as complete only if `message_delta` told why the model stopped. Usage is known then and not before: what `message_start` says of
 * the output is only its beginning.
 */

const ID_LENGTH_MAX = 200
/** Of one answer; more is no answer. */
const BLOCKS_MAX = 100_000

type Fields = Record<string, unknown>

/** A block whose pieces are still coming: a tool call by its number among them, a thought by its own. */
interface OpenBlock {
  kind: 'tool' | 'thought'
  number: number
  isEmpty: boolean
}

export class MessagesStreamReader extends AnswerReader {
  readonly #events = new SseEvents()
  readonly #isNative: boolean
  readonly #open = new Map<unknown, OpenBlock>()
  #tools = 0
  #thoughts = 0
  #startUsage: Fields | undefined

  constructor(transcript: Transcript | null, { isNative }: { isNative: boolean }) {
    super(transcript)
    this.#isNative = isNative
  }

  push(chunk: Buffer): StreamPiece[] {
    return this.isOver ? [] : this.#readAll(this.#events.push(chunk))
  }

  end(): StreamPiece[] {
    if (this.isOver) return []
    const pieces = this.#readAll(this.#events.end())
    if (this.isOver) return pieces
    if (this.finishReason !== null) this.isDone = true
    else this.fail('Provider disconnected')
    return pieces
  }

  #readAll(events: readonly Fields[]): StreamPiece[] {
    const pieces: StreamPiece[] = []
    for (const event of events) {
      if (this.isOver) return pieces
      const chat = this.#read(event)
      if (this.error) return pieces
      if (this.#isNative && typeof event['type'] === 'string') pieces.push({ native: event })
      else if (chat !== undefined) pieces.push(chat)
    }
    const { problem } = this.#events
    if (problem !== undefined && !this.isDone) this.fail(problem)
    return pieces
  }

  #read(event: Fields) {
    switch (event['type']) {
      case 'message_start':
        return this.#start(asObject(event['message']) ?? {})
      case 'content_block_start':
        return this.#content(this.#openBlock(event['index'], asObject(event['content_block']) ?? {}))
      case 'content_block_delta':
        return this.#content(this.#readDelta(event['index'], asObject(event['delta']) ?? {}))
      case 'content_block_stop':
        return this.#content(this.#closeBlock(event['index']))
      case 'message_delta':
        return this.#finish(event)
      case 'message_stop':
        this.isDone = true
        return undefined
      case 'error':
        this.fail('Provider returned error', statusOfError(event['error']))
        return undefined
      default:
        return undefined
    }
  }

  #start(message: Fields) {
    this.upstreamId = asText(message['id'])?.slice(0, ID_LENGTH_MAX) ?? null
    this.#startUsage = asObject(message['usage'])
    this.usageRaw = keepRawUsage(this.#startUsage)
    return this.#chunk({ role: 'assistant', content: '' })
  }

  #openBlock(index: unknown, block: Fields): Fields | undefined {
    if (this.#tools + this.#thoughts > BLOCKS_MAX) {
      this.fail('The provider sent too many blocks')
      return undefined
    }
    switch (block['type']) {
      case 'text':
        return block['text'] ? { content: block['text'] } : undefined
      case 'thinking': {
        const number = this.#thoughts++
        this.#open.set(index, { kind: 'thought', number, isEmpty: true })
        return wholeThought(block, number)
      }
      case 'redacted_thinking':
        return { reasoning_details: [redactedDetail(block['data'], this.#thoughts++)] }
      case 'tool_use':
        return this.#openTool(index, block)
      default:
        return undefined
    }
  }

  /** Some providers tell at once what the tool is called with. */
  #openTool(index: unknown, { id, name, input }: Fields): Fields {
    const number = this.#tools++
    const given = asObject(input)
    const isEmpty = given === undefined || Object.keys(given).length === 0
    this.#open.set(index, { kind: 'tool', number, isEmpty })
    const text = isEmpty ? '' : JSON.stringify(given)
    return { tool_calls: [{ index: number, id, type: 'function', function: { name, arguments: text } }] }
  }

  #readDelta(index: unknown, delta: Fields): Fields | undefined {
    const open = this.#open.get(index)
    switch (delta['type']) {
      case 'text_delta':
        return { content: asText(delta['text']) ?? '' }
      case 'thinking_delta':
        return thoughtDelta(asText(delta['thinking']) ?? '', open?.number ?? 0)
      case 'signature_delta':
        return {
          reasoning_details: [thoughtDetail({ signature: asText(delta['signature']) ?? '' }, open?.number ?? 0)],
        }
      case 'input_json_delta': {
        const text = asText(delta['partial_json'])
        if (open?.kind !== 'tool' || !text) return undefined
        open.isEmpty = false
        return { tool_calls: [{ index: open.number, function: { arguments: text } }] }
      }
      default:
        return undefined
    }
  }

  /** What a tool without parameters is called with is an empty object, which the format leaves out. */
  #closeBlock(index: unknown): Fields | undefined {
    const open = this.#open.get(index)
    this.#open.delete(index)
    if (open?.kind !== 'tool' || !open.isEmpty) return undefined
    return { tool_calls: [{ index: open.number, function: { arguments: '{}' } }] }
  }

  #finish(event: Fields) {
    const told = mergeUsage(this.#startUsage, asObject(event['usage']))
    this.#startUsage = told
    this.usage = readMessagesUsage(told)
    this.usageRaw = keepRawUsage(told)
    const end = asObject(event['delta'])
    const native = asText(end?.['stop_reason'])
    if (native === null) return undefined
    this.nativeFinishReason = native
    this.finishReason = normalizeFinishReason(native)
    const refusal = asText(asObject(end?.['stop_details'])?.['explanation'])
    const tier = toServiceTier(told)
    return { ...this.#chunk(refusal === null ? {} : { refusal }), ...(tier !== null && { service_tier: tier }) }
  }

  /** Counts what it says, and gathers it where somebody wants it. */
  #content(delta: Fields | undefined) {
    if (delta === undefined) return undefined
    this.count(delta, redactedBytes(delta))
    this.transcript?.add(delta)
    return this.#isNative ? undefined : this.#chunk(delta)
  }

  #chunk(delta: Fields) {
    return {
      choices: [
        {
          index: 0,
          delta,
          finish_reason: this.finishReason,
          native_finish_reason: this.nativeFinishReason,
          logprobs: null,
        },
      ],
    }
  }
}

/** Some providers tell a thought at once, its signature with it. */
function wholeThought(block: Fields, number: number): Fields | undefined {
  const text = asText(block['thinking']) ?? ''
  const signature = asText(block['signature']) ?? ''
  if (signature === '') return text === '' ? undefined : thoughtDelta(text, number)
  return { reasoning: text, reasoning_details: [thoughtDetail({ text, signature }, number)] }
}

function thoughtDelta(text: string, number: number): Fields {
  return { reasoning: text, reasoning_details: [thoughtDetail({ text }, number)] }
}

/** Of thoughts that nobody may read. A signature is nothing that was produced. */
function redactedBytes({ reasoning_details: details }: Fields): number {
  return asObjects(details).reduce((sum, { data }) => sum + (asText(data)?.length ?? 0), 0)
}
