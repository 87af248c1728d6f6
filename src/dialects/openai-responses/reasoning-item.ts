import { asText } from '../json-fields.ts'
import type { GrowingItem, Place } from './growing-item.ts'

type Json = Record<string, unknown>
type Text = { type: string; text: string }

/** What a model thought: summaries of it, its text, or something that only its provider can read. */
export class ReasoningItem implements GrowingItem {
  readonly #place: Place
  readonly item: Json
  readonly #summary: Text[] = []
  readonly #content: Text[] = []
  #index: unknown

  constructor(place: Place) {
    this.#place = place
    this.item = { type: 'reasoning', id: place.id, status: 'in_progress', summary: this.#summary }
    const { emit, outputIndex } = place
    emit('response.output_item.added', { output_index: outputIndex, item: { ...this.item, summary: [] } })
  }

  /** Whether a detail belongs to the same thought. */
  isContinuedBy({ index }: Json): boolean {
    return this.#index === undefined || index === undefined || index === this.#index
  }

  addDetail(detail: Json): void {
    this.#index ??= detail['index']
    const format = asText(detail['format'])
    if (format !== null) this.item['format'] = format
    const signature = asText(detail['signature'])
    if (signature !== null) this.item['signature'] = signature
    const data = asText(detail['data'])
    if (data !== null) this.item['encrypted_content'] = data
    const summary = asText(detail['summary'])
    if (summary) this.#addSummary(summary)
    const text = asText(detail['text'])
    if (text) this.addText(text)
  }

  addText(text: string): void {
    if (this.#content.length === 0) {
      this.#content.push({ type: 'reasoning_text', text: '' })
      this.item['content'] = this.#content
      this.#tell('response.content_part.added', { content_index: 0, part: { type: 'reasoning_text', text: '' } })
    }
    const [part] = this.#content
    if (part) part.text += text
    this.#tell('response.reasoning_text.delta', { content_index: 0, delta: text })
  }

  close(status: 'completed' | 'incomplete'): void {
    const [summary] = this.#summary
    if (summary) {
      this.#tell('response.reasoning_summary_text.done', { summary_index: 0, text: summary.text })
      this.#tell('response.reasoning_summary_part.done', { summary_index: 0, part: summary })
    }
    const [content] = this.#content
    if (content) {
      this.#tell('response.reasoning_text.done', { content_index: 0, text: content.text })
      this.#tell('response.content_part.done', { content_index: 0, part: content })
    }
    this.item['status'] = status
    const { emit, outputIndex } = this.#place
    emit('response.output_item.done', { output_index: outputIndex, item: this.item })
  }

  #addSummary(text: string): void {
    if (this.#summary.length === 0) {
      this.#summary.push({ type: 'summary_text', text: '' })
      this.#tell('response.reasoning_summary_part.added', {
        summary_index: 0,
        part: { type: 'summary_text', text: '' },
      })
    }
    const [part] = this.#summary
    if (part) part.text += text
    this.#tell('response.reasoning_summary_text.delta', { summary_index: 0, delta: text })
  }

  #tell(type: string, fields: Json): void {
    const { emit, id, outputIndex } = this.#place
    emit(type, { item_id: id, output_index: outputIndex, ...fields })
  }
}
