import { asObject, asObjects, asText } from '../json-fields.ts'

type Json = Record<string, unknown>

/** Reasoning that this format's providers can read again: their own. */
const OWN_FORMAT = /responses-v1$/

/** The messages of a chat as items of input. The first one, where it is the system's and a plain text, becomes the instructions. */
export function toInput(messages: unknown): { instructions: string | null; input: Json[] } {
  const all = asObjects(messages)
  const first = all[0]
  const instructions = first !== undefined && isSystem(first) && all.length > 1 ? asText(first['content']) : null
  const rest = instructions === null ? all : all.slice(1)
  const customCalls = new Set<unknown>()
  return { instructions, input: rest.flatMap((message) => toItems(message, customCalls)) }
}

function isSystem({ role }: Json): boolean {
  return role === 'system' || role === 'developer'
}

/** `customCalls` gathers the ids of calls whose answers are items of another kind. */
function toItems(message: Json, customCalls: Set<unknown>): Json[] {
  switch (message['role']) {
    case 'assistant':
      return [
        ...reasoningItems(message['reasoning_details']),
        ...spoken(message),
        ...calls(message['tool_calls'], customCalls),
      ]
    case 'tool':
    case 'function':
      return [toolOutput(message, customCalls)]
    default:
      return [{ type: 'message', role: message['role'], content: toContent(message['content'], toInputPart) }]
  }
}

/** A text stays a text. */
function toContent(content: unknown, toPart: (part: Json) => Json): unknown {
  if (!Array.isArray(content)) return asText(content) ?? ''
  return asObjects(content).map(toPart)
}

function toInputPart(part: Json): Json {
  switch (part['type']) {
    case 'text':
      return { type: 'input_text', text: part['text'], ...pick(part, ['prompt_cache_breakpoint']) }
    case 'image_url': {
      const image = asObject(part['image_url']) ?? { url: part['image_url'] }
      return { type: 'input_image', image_url: image['url'], detail: image['detail'] ?? 'auto' }
    }
    case 'file':
      return toFilePart(asObject(part['file']) ?? {})
    case 'video_url':
      return { type: 'input_video', video_url: asObject(part['video_url'])?.['url'] ?? part['video_url'] }
    default: {
      const { cache_control: _marker, ...rest } = part
      return rest
    }
  }
}

/** The chat format gives links and contents under one name. */
function toFilePart(file: Json): Json {
  const data = asText(file['file_data'])
  const isLink = data !== null && /^https?:/i.test(data)
  return {
    type: 'input_file',
    ...pick(file, ['filename', 'file_id']),
    ...(data === null ? {} : { [isLink ? 'file_url' : 'file_data']: data }),
  }
}

function spoken(message: Json): Json[] {
  const text = toContent(message['content'], toOutputPart)
  const said = typeof text === 'string' ? (text === '' ? [] : [{ type: 'output_text', text }]) : (text as Json[])
  const refusal = asText(message['refusal'])
  const content = refusal === null || refusal === '' ? said : [...said, { type: 'refusal', refusal }]
  return content.length === 0 ? [] : [{ type: 'message', role: 'assistant', content }]
}

function toOutputPart(part: Json): Json {
  return part['type'] === 'refusal' ? part : { type: 'output_text', text: asText(part['text']) ?? '' }
}

function calls(value: unknown, customCalls: Set<unknown>): Json[] {
  return asObjects(value).map((call) => {
    const custom = asObject(call['custom'])
    if (custom) {
      customCalls.add(call['id'])
      return { type: 'custom_tool_call', call_id: call['id'], name: custom['name'], input: custom['input'] }
    }
    const named = asObject(call['function']) ?? {}
    return { type: 'function_call', call_id: call['id'], name: named['name'], arguments: named['arguments'] ?? '{}' }
  })
}

function toolOutput(message: Json, customCalls: ReadonlySet<unknown>): Json {
  const callId = message['tool_call_id'] ?? message['name']
  return {
    type: customCalls.has(callId) ? 'custom_tool_call_output' : 'function_call_output',
    call_id: callId,
    output: toContent(message['content'], toInputPart),
  }
}

/** Only what comes back encrypted: nothing is stored at the provider, so that it would not find the others. */
function reasoningItems(details: unknown): Json[] {
  const items = new Map<unknown, { id: string | null; summary: Json[]; encrypted: string | null }>()
  for (const detail of asObjects(details).filter(isOwn)) {
    const key = detail['id'] ?? detail['index'] ?? 0
    const item = items.get(key) ?? { id: asText(detail['id']), summary: [], encrypted: null }
    items.set(key, item)
    if (detail['type'] === 'reasoning.summary') item.summary.push({ type: 'summary_text', text: detail['summary'] })
    if (detail['type'] === 'reasoning.encrypted') item.encrypted = asText(detail['data'])
  }
  return [...items.values()]
    .filter(({ encrypted }) => encrypted !== null)
    .map(({ id, summary, encrypted }) => ({
      type: 'reasoning',
      ...(id === null ? {} : { id }),
      summary,
      encrypted_content: encrypted,
    }))
}

function isOwn({ format }: Json): boolean {
  return format === undefined || format === null || OWN_FORMAT.test(asText(format) ?? '')
}

/** Those that are there. */
export function pick(from: Json, names: readonly string[]): Json {
  return Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]))
}
