import { asObject, asObjects, asText } from '../json-fields.ts'

/** How reasoning of this format is called in the chat format's `reasoning_details`. */
export const REASONING_FORMAT = 'openai-responses-v1'
const PART_BORDER = '\n\n'

/** A piece of the first choice of the chat format. */
export interface ChatDelta {
  delta: Record<string, unknown>
  logprobs?: readonly unknown[]
}

interface OutputItem {
  /** Among tool calls or reasoning items, counted from 0. */
  at: number
  id: string | null
  /** Whether any of what it says has been passed on; what is whole comes once more at its end. */
  hasSaid: boolean
  summaryIndex: number
  isOver: boolean
}

/**
 * Items of output and the events in which they come, as deltas of the chat format. Items that come whole, because a provider
 * streams no pieces of them or doesn't stream, become whole deltas. What no chat answer has words for is left out.
 */
export class OutputTranslator {
  #toolCallCount = 0
  #reasoningCount = 0
  readonly #items = new Map<number, OutputItem>()

  get hasToolCalls(): boolean {
    return this.#toolCallCount > 0
  }

  /** What one event says. */
  read(event: Readonly<Record<string, unknown>>): ChatDelta[] {
    const index = asIndex(event['output_index'])
    const text = asText(event['delta']) ?? ''
    switch (event['type']) {
      case 'response.output_item.added':
        return this.#begin(asObject(event['item']), index)
      case 'response.output_item.done':
        return this.readWhole(asObject(event['item']), index)
      case 'response.output_text.delta':
        return this.#say(index, { delta: { content: text }, ...logprobsOf(event['logprobs']) })
      case 'response.refusal.delta':
        return this.#say(index, { delta: { refusal: text } })
      case 'response.output_text.annotation.added':
        return annotate([event['annotation']])
      case 'response.reasoning_summary_text.delta':
        return this.#summarize(index, text, asIndex(event['summary_index']))
      case 'response.reasoning_text.delta':
        return this.#say(index, this.#reasoning(this.#itemAt(index), 'text', text))
      case 'response.function_call_arguments.delta':
        return this.#say(index, callDelta(this.#itemAt(index), { function: { arguments: text } }))
      case 'response.custom_tool_call_input.delta':
        return this.#say(index, callDelta(this.#itemAt(index), { custom: { input: text } }))
      default:
        return []
    }
  }

  /** What of a whole item has not been said yet. */
  readWhole(item: Record<string, unknown> | undefined, index: number): ChatDelta[] {
    if (item === undefined || this.#items.get(index)?.isOver === true) return []
    const began = this.#items.has(index) ? [] : this.#begin({ ...item, arguments: '', input: '' }, index)
    const known = this.#itemAt(index)
    known.isOver = true
    return [...began, ...this.#rest(item, known)]
  }

  #rest(item: Record<string, unknown>, known: OutputItem): ChatDelta[] {
    switch (item['type']) {
      case 'message':
        return known.hasSaid ? [] : messageDeltas(item['content'])
      case 'reasoning':
        return [...(known.hasSaid ? [] : this.#reasoningTexts(item, known)), ...this.#encrypted(item, known)]
      case 'function_call': {
        const text = asText(item['arguments'])
        return known.hasSaid || !text ? [] : [callDelta(known, { function: { arguments: text } })]
      }
      case 'custom_tool_call': {
        const text = asText(item['input'])
        return known.hasSaid || !text ? [] : [callDelta(known, { custom: { input: text } })]
      }
      default:
        return []
    }
  }

  #begin(item: Record<string, unknown> | undefined, index: number): ChatDelta[] {
    const type = item?.['type']
    const known: OutputItem = { at: 0, id: asText(item?.['id']), hasSaid: false, summaryIndex: 0, isOver: false }
    this.#items.set(index, known)
    if (type === 'reasoning') known.at = this.#reasoningCount++
    if (type !== 'function_call' && type !== 'custom_tool_call') return []
    known.at = this.#toolCallCount++
    const name = asText(item?.['name']) ?? ''
    const isFunction = type === 'function_call'
    const call = isFunction
      ? { type: 'function', function: { name, arguments: asText(item?.['arguments']) ?? '' } }
      : { type: 'custom', custom: { name, input: asText(item?.['input']) ?? '' } }
    known.hasSaid = Boolean(item?.[isFunction ? 'arguments' : 'input'])
    return [callDelta(known, { id: asText(item?.['call_id']) ?? known.id ?? `call_${known.at}`, ...call })]
  }

  /** Where it was not told of before, it is taken for one that was. */
  #itemAt(index: number): OutputItem {
    const known = this.#items.get(index)
    if (known !== undefined) return known
    const item: OutputItem = { at: 0, id: null, hasSaid: false, summaryIndex: 0, isOver: false }
    this.#items.set(index, item)
    return item
  }

  #say(index: number, delta: ChatDelta): ChatDelta[] {
    this.#itemAt(index).hasSaid = true
    return [delta]
  }

  #summarize(index: number, text: string, summaryIndex: number): ChatDelta[] {
    const item = this.#itemAt(index)
    const isNext = item.hasSaid && summaryIndex !== item.summaryIndex
    item.summaryIndex = summaryIndex
    return this.#say(index, this.#reasoning(item, 'summary', isNext ? PART_BORDER + text : text))
  }

  #reasoningTexts(item: Record<string, unknown>, known: OutputItem): ChatDelta[] {
    const summary = textsOf(item['summary']).join(PART_BORDER)
    const content = textsOf(item['content']).join('')
    return [
      ...(summary === '' ? [] : [this.#reasoning(known, 'summary', summary)]),
      ...(content === '' ? [] : [this.#reasoning(known, 'text', content)]),
    ]
  }

  #reasoning({ at, id }: OutputItem, kind: 'summary' | 'text', text: string): ChatDelta {
    const detail = { type: `reasoning.${kind}`, [kind]: text, id, format: REASONING_FORMAT, index: at }
    return { delta: { reasoning: text, reasoning_details: [detail] } }
  }

  #encrypted(item: Record<string, unknown>, { at, id }: OutputItem): ChatDelta[] {
    const data = asText(item['encrypted_content'])
    if (!data) return []
    const detail = { type: 'reasoning.encrypted', data, id, format: REASONING_FORMAT, index: at }
    return [{ delta: { reasoning_details: [detail] } }]
  }
}

function callDelta({ at }: OutputItem, call: Record<string, unknown>): ChatDelta {
  return { delta: { tool_calls: [{ index: at, ...call }] } }
}

function messageDeltas(content: unknown): ChatDelta[] {
  return asObjects(content).flatMap((part): ChatDelta[] => {
    if (part['type'] === 'refusal') return [{ delta: { refusal: asText(part['refusal']) ?? '' } }]
    const text = asText(part['text'])
    if (part['type'] !== 'output_text' || text === null) return []
    const annotations = Array.isArray(part['annotations']) ? part['annotations'] : []
    return [{ delta: { content: text }, ...logprobsOf(part['logprobs']) }, ...annotate(annotations)]
  })
}

/** Of citations of pages, the only ones that chat answers have. */
function annotate(annotations: readonly unknown[]): ChatDelta[] {
  const citations = annotations.flatMap((entry) => {
    const { type, ...citation } = asObject(entry) ?? {}
    return type === 'url_citation' ? [{ type, url_citation: citation }] : []
  })
  return citations.length === 0 ? [] : [{ delta: { annotations: citations } }]
}

function textsOf(parts: unknown): string[] {
  return asObjects(parts).flatMap((part) => asText(part['text']) ?? [])
}

function logprobsOf(value: unknown): { logprobs?: readonly unknown[] } {
  return Array.isArray(value) && value.length > 0 ? { logprobs: value } : {}
}

function asIndex(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : 0
}
