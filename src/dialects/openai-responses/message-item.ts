import { asObject, asText } from '../json-fields.ts'
import type { GrowingItem, Place } from './growing-item.ts'

type Json = Record<string, unknown>

/** Something said to the caller: parts of text, or of a refusal. */
export class MessageItem implements GrowingItem {
  readonly #place: Place
  readonly item: Json
  readonly #content: Json[] = []

  constructor(place: Place) {
    this.#place = place
    this.item = { type: 'message', id: place.id, status: 'in_progress', role: 'assistant', content: this.#content }
    const { emit, outputIndex } = place
    emit('response.output_item.added', { output_index: outputIndex, item: { ...this.item, content: [] } })
  }

  addText(text: string, logprobs: unknown[]): void {
    const part = this.#open('output_text')
    part['text'] = `${part['text']}${text}`
    if (Array.isArray(part['logprobs'])) part['logprobs'].push(...logprobs)
    this.#tell('response.output_text.delta', { delta: text, logprobs: logprobs.map(toStreamLogprob) })
  }

  addRefusal(text: string): void {
    const part = this.#open('refusal')
    part['refusal'] = `${part['refusal']}${text}`
    this.#tell('response.refusal.delta', { delta: text })
  }

  /** With a citation as chat answers have them. */
  annotate({ type, ...rest }: Json): void {
    const part = this.#content.at(-1)
    if (part?.['type'] !== 'output_text' || !Array.isArray(part['annotations'])) return
    const annotation = { type, ...(asObject(rest[asText(type) ?? '']) ?? rest) }
    const index = part['annotations'].push(annotation) - 1
    this.#tell('response.output_text.annotation.added', { annotation_index: index, annotation })
  }

  close(status: 'completed' | 'incomplete'): void {
    this.#closePart()
    this.item['status'] = status
    const { emit, outputIndex } = this.#place
    emit('response.output_item.done', { output_index: outputIndex, item: this.item })
  }

  /** The part that grows; another one begins where what is said is of another kind. */
  #open(type: 'output_text' | 'refusal'): Json {
    const last = this.#content.at(-1)
    if (last?.['type'] === type) return last
    this.#closePart()
    const part: Json =
      type === 'output_text' ? { type, text: '', annotations: [], logprobs: [] } : { type, refusal: '' }
    this.#content.push(part)
    this.#tell('response.content_part.added', { part: structuredClone(part) })
    return part
  }

  #closePart(): void {
    const part = this.#content.at(-1)
    if (part === undefined) return
    if (part['type'] === 'refusal') this.#tell('response.refusal.done', { refusal: part['refusal'] })
    else {
      const logprobs = Array.isArray(part['logprobs']) ? part['logprobs'].map(toStreamLogprob) : []
      this.#tell('response.output_text.done', { text: part['text'], logprobs })
    }
    this.#tell('response.content_part.done', { part })
  }

  #tell(type: string, fields: Json): void {
    const { emit, id, outputIndex } = this.#place
    emit(type, { item_id: id, output_index: outputIndex, content_index: this.#content.length - 1, ...fields })
  }
}

/** Without bytes, which only whole answers have. */
function toStreamLogprob(value: unknown): unknown {
  const { token, logprob, top_logprobs: top } = asObject(value) ?? {}
  const others = Array.isArray(top) ? top : []
  const toOther = (entry: unknown) => ({ token: asObject(entry)?.['token'], logprob: asObject(entry)?.['logprob'] })
  return { token, logprob, top_logprobs: others.map(toOther) }
}
