import { asObject, asText } from '../json-fields.ts'
import type { GrowingItem, Place } from './growing-item.ts'

type Json = Record<string, unknown>

const KINDS = {
  function: { type: 'function_call', input: 'arguments', event: 'function_call_arguments', prefix: 'fc' },
  custom: { type: 'custom_tool_call', input: 'input', event: 'custom_tool_call_input', prefix: 'ctc' },
} as const

/** A call of a tool. Its name and id are in the first piece of it. */
export class CallItem implements GrowingItem {
  readonly #place: Place
  readonly #kind: (typeof KINDS)['function' | 'custom']
  readonly #id: string
  readonly item: Json
  #input = ''

  constructor(place: Place, first: Json) {
    this.#place = place
    this.#kind = first['custom'] === undefined ? KINDS.function : KINDS.custom
    const { type, input, prefix } = this.#kind
    const named = this.#part(first)
    this.#id = `${prefix}_${place.id}`
    this.item = {
      type,
      id: this.#id,
      status: 'in_progress',
      call_id: asText(first['id']) ?? `call_${place.id}`,
      name: asText(named['name']) ?? '',
      [input]: '',
    }
    const { emit, outputIndex } = place
    emit('response.output_item.added', { output_index: outputIndex, item: { ...this.item } })
  }

  add(piece: Json): void {
    const text = asText(this.#part(piece)[this.#kind.input])
    if (!text) return
    this.#input += text
    this.#tell(`response.${this.#kind.event}.delta`, { delta: text })
  }

  close(status: 'completed' | 'incomplete'): void {
    const { event, input } = this.#kind
    this.item[input] = this.#input
    const named = this.#kind === KINDS.function ? { name: this.item['name'] } : {}
    this.#tell(`response.${event}.done`, { ...named, [input]: this.#input })
    this.item['status'] = status
    const { emit, outputIndex } = this.#place
    emit('response.output_item.done', { output_index: outputIndex, item: this.item })
  }

  #part(piece: Json): Json {
    return asObject(piece['function']) ?? asObject(piece['custom']) ?? {}
  }

  #tell(type: string, fields: Json): void {
    const { emit, outputIndex } = this.#place
    emit(type, { item_id: this.#id, output_index: outputIndex, ...fields })
  }
}
