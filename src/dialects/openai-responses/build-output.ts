import { asObject, asObjects, asText } from '../json-fields.ts'
import { CallItem } from './call-item.ts'
import type { Emit, GrowingItem, Place } from './growing-item.ts'
import { MessageItem } from './message-item.ts'
import { ReasoningItem } from './reasoning-item.ts'

type Json = Record<string, unknown>

/**
 * Output items of what the first choice of a chat says bit by bit, and the events that tell of them: reasoning, then text or a
 * refusal, then calls of tools. Reasoning and text are closed by what comes behind; calls stay open until the end, because
 * providers may tell of several at a time.
 */
export class OutputBuilder {
  readonly #emit: Emit
  readonly #idTail: string
  readonly #items: GrowingItem[] = []
  readonly #calls = new Map<number, CallItem>()
  #reasoning: ReasoningItem | null = null
  #message: MessageItem | null = null
  finishReason: string | null = null

  /** Ids of items are made of that of the generation. */
  constructor(generationId: string, emit: Emit) {
    this.#idTail = generationId.replace(/^gen-/, '').replaceAll('-', '_')
    this.#emit = emit
  }

  get output(): Json[] {
    return this.#items.map(({ item }) => item)
  }

  /** A choice of a chunk. */
  add(choice: Readonly<Json>): void {
    this.addDelta(asObject(choice['delta']) ?? {}, asObject(choice['logprobs'])?.['content'])
    const reason = asText(choice['finish_reason'])
    if (reason === null) return
    this.finishReason = reason
    this.close()
  }

  /** A delta, or a whole message. */
  addDelta(delta: Readonly<Json>, logprobs?: unknown): void {
    this.#addReasoning(delta)
    const text = textOf(delta['content'])
    if (text !== '') this.#messageItem().addText(text, Array.isArray(logprobs) ? logprobs : [])
    const refusal = asText(delta['refusal'])
    if (refusal) this.#messageItem().addRefusal(refusal)
    for (const annotation of asObjects(delta['annotations'])) this.#message?.annotate(annotation)
    for (const [at, call] of asObjects(delta['tool_calls']).entries()) this.#addCall(call, at)
  }

  close(): void {
    const isCut = this.finishReason !== null && this.finishReason !== 'stop' && this.finishReason !== 'tool_calls'
    const status = isCut ? 'incomplete' : 'completed'
    this.#closeReasoning()
    this.#message?.close(status)
    this.#message = null
    for (const call of this.#calls.values()) call.close(status)
    this.#calls.clear()
  }

  /** Details say more than the text beside them, which is the same. */
  #addReasoning(delta: Readonly<Json>): void {
    const details = asObjects(delta['reasoning_details'])
    for (const detail of details) {
      if (this.#reasoning?.isContinuedBy(detail) === false) this.#closeReasoning()
      this.#reasoningItem(asText(detail['id'])).addDetail(detail)
    }
    const text = asText(delta['reasoning'])
    if (details.length === 0 && text) this.#reasoningItem().addText(text)
  }

  /** By the name that the provider gave it, which may tell what it belongs to. */
  #reasoningItem(id: string | null = null): ReasoningItem {
    this.#reasoning ??= this.#begin((place) => new ReasoningItem({ ...place, id: id || `rs_${place.id}` }))
    return this.#reasoning
  }

  #messageItem(): MessageItem {
    this.#closeReasoning()
    this.#message ??= this.#begin((place) => new MessageItem({ ...place, id: `msg_${place.id}` }))
    return this.#message
  }

  #addCall(call: Json, at: number): void {
    this.#closeReasoning()
    this.#message?.close('completed')
    this.#message = null
    const index = Number.isInteger(call['index']) ? Number(call['index']) : at
    let item = this.#calls.get(index)
    if (item === undefined) {
      item = this.#begin((place) => new CallItem(place, call))
      this.#calls.set(index, item)
    }
    item.add(call)
  }

  #closeReasoning(): void {
    this.#reasoning?.close('completed')
    this.#reasoning = null
  }

  #begin<Item extends GrowingItem>(make: (place: Place) => Item): Item {
    const outputIndex = this.#items.length
    const item = make({ id: `${this.#idTail}_${outputIndex}`, outputIndex, emit: this.#emit })
    this.#items.push(item)
    return item
  }
}

function textOf(content: unknown): string {
  if (!Array.isArray(content)) return asText(content) ?? ''
  return content.map((part) => asText(asObject(part)?.['text']) ?? '').join('')
}
