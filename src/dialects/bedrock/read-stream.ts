import { DeltaReader } from '../delta-reader.ts'
import type { ChatChunk } from '../dialect.ts'
import { asObject, asText, keepRawUsage, lookUp, parseObject } from '../json-fields.ts'
import { type EventFrame, EventStreamReader } from './event-stream.ts'
import { toFinishReason, toReasoningDetail } from './read-content.ts'
import { readBedrockUsage } from './read-usage.ts'

/*
 * `ConverseStream`: messageStart, then of each block contentBlockStart, contentBlockDelta… and contentBlockStop, then
 * messageStop with the reason, and metadata with the usage, which is the last. An exception may come at any time.
 */

type Fields = Record<string, unknown>

/** What happened, as the status that the same would have before the first byte. */
const EXCEPTION_STATUSES: Readonly<Record<string, number>> = {
  throttlingException: 429,
  validationException: 400,
  serviceUnavailableException: 503,
  internalServerException: 500,
  modelStreamErrorException: 502,
  modelTimeoutException: 504,
}

export class BedrockStreamReader extends DeltaReader {
  readonly #frames = new EventStreamReader()
  /** Calls by their blocks: the number of each among calls, and whether it has been told what it is called with. */
  readonly #calls = new Map<number, { index: number; isEmpty: boolean }>()
  #isStopped = false

  push(chunk: Buffer): ChatChunk[] {
    if (this.isDone || this.error !== undefined) return []
    const chunks: ChatChunk[] = []
    let frames: EventFrame[]
    try {
      frames = this.#frames.push(chunk)
    } catch {
      this.fail('The provider sent an invalid event')
      return chunks
    }
    for (const frame of frames) if (!this.isDone && this.error === undefined) this.#readFrame(frame, chunks)
    return chunks
  }

  end(): ChatChunk[] {
    if (this.isDone || this.error !== undefined) return []
    if (this.#isStopped && !this.#frames.isInFrame) this.isDone = true
    else this.fail('Provider disconnected')
    return []
  }

  #readFrame({ headers, payload }: EventFrame, chunks: ChatChunk[]): void {
    if (headers.get(':message-type') !== 'event') {
      const status = lookUp(EXCEPTION_STATUSES, headers.get(':exception-type'))
      this.fail('Provider returned error', status)
      return
    }
    const event = parseObject(payload.toString('utf8'))
    if (event === undefined) {
      this.fail('The provider sent an invalid event')
      return
    }
    const chunk = this.#readEvent(headers.get(':event-type') ?? '', event)
    if (chunk !== undefined) chunks.push(chunk)
  }

  #readEvent(type: string, event: Fields): ChatChunk | undefined {
    const block = Number.isInteger(event['contentBlockIndex']) ? Number(event['contentBlockIndex']) : 0
    if (type === 'contentBlockStart') return this.#startBlock(asObject(event['start']) ?? {}, block)
    if (type === 'contentBlockDelta') return this.#readDelta(asObject(event['delta']) ?? {}, block)
    if (type === 'contentBlockStop') return this.#stopBlock(block)
    if (type === 'messageStop') {
      this.#isStopped = true
      const native = asText(event['stopReason']) ?? 'end_turn'
      return this.finish(0, toFinishReason(native), native)
    }
    if (type === 'metadata') {
      this.usage = readBedrockUsage(event['usage'], asObject(event['serviceTier'])?.['type'])
      this.usageRaw = keepRawUsage(event['usage'])
      this.isDone = this.#isStopped
    }
    return undefined
  }

  #startBlock(start: Fields, block: number): ChatChunk | undefined {
    const call = asObject(start['toolUse'])
    if (call === undefined) return undefined
    const index = this.#calls.size
    this.#calls.set(block, { index, isEmpty: true })
    const named = { name: asText(call['name']) ?? '', arguments: '' }
    return this.piece(0, {
      tool_calls: [{ index, id: asText(call['toolUseId']) ?? '', type: 'function', function: named }],
    })
  }

  /** What a tool without parameters is called with is an empty object, which may be left out. */
  #stopBlock(block: number): ChatChunk | undefined {
    const known = this.#calls.get(block)
    if (known?.isEmpty !== true) return undefined
    known.isEmpty = false
    return this.piece(0, { tool_calls: [{ index: known.index, function: { arguments: '{}' } }] })
  }

  #readDelta(delta: Fields, block: number): ChatChunk | undefined {
    const text = asText(delta['text'])
    if (text !== null) return text === '' ? undefined : this.piece(0, { content: text })
    const input = asText(asObject(delta['toolUse'])?.['input'])
    const known = this.#calls.get(block)
    if (input !== null && known !== undefined) {
      if (input !== '') known.isEmpty = false
      return this.piece(0, { tool_calls: [{ index: known.index, function: { arguments: input } }] })
    }
    const thought = asObject(delta['reasoningContent'])
    const detail = thought === undefined ? undefined : toReasoningDetail(thought, block)
    if (detail === undefined) return undefined
    const reasoning = asText(thought?.['text'])
    return this.piece(0, { ...(reasoning === null ? {} : { reasoning }), reasoning_details: [detail] })
  }
}
