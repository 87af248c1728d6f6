import { parseExactly } from '../exact-json.ts'
import { asObject, asText } from '../json-fields.ts'
import { type Block, encodeParts, unknownHere } from './encode-parts.ts'
import { ownDetails } from './reasoning-details.ts'

/*
 * Messages of a chat in Anthropic's format: what the system says stands apart, a tool's answer is part of what the user says, and
 * the two speak by turns.
 */

export interface Turn {
  role: 'user' | 'assistant'
  content: Block[]
}

export interface EncodedMessages {
  system: Block[]
  turns: Turn[]
}

/** Throws `invalid_request` naming what the format has no words for. */
export function encodeMessages(messages: unknown): EncodedMessages {
  const system: Block[] = []
  const turns: Turn[] = []
  for (const [at, entry] of (Array.isArray(messages) ? messages : []).entries()) {
    const message = asObject(entry) ?? {}
    const path = `messages.${at}`
    const blocks = () => encodeParts(message['content'], `${path}.content`)
    switch (message['role']) {
      case 'system':
      case 'developer':
        system.push(...blocks())
        break
      case 'assistant':
        addTo(turns, 'assistant', encodeAssistant(message, path))
        break
      case 'tool':
        addTo(turns, 'user', [encodeToolResult(message, path)])
        break
      case 'function':
        throw unknownHere(`${path}.role`, 'must be tool: functions are older than what the model’s provider takes')
      default:
        addTo(turns, 'user', blocks())
    }
  }
  trimPrefill(turns)
  // Nothing but instructions is a question too.
  if (turns.length === 0 && system.length > 0) return { system: [], turns: [{ role: 'user', content: system }] }
  return { system, turns }
}

/** Whether a model that has to think first may go on from here: while its tools answer, what it thought before they were called
 *  must be there, with its signature. */
export function mayThink(turns: readonly Turn[]): boolean {
  const last = turns.findLast(({ role }) => role === 'assistant')
  if (last === undefined || !last.content.some(({ type }) => type === 'tool_use')) return true
  return last.content.some(({ type }) => type === 'thinking' || type === 'redacted_thinking')
}

function addTo(turns: Turn[], role: Turn['role'], blocks: readonly Block[]): void {
  if (blocks.length === 0) return
  const last = turns.at(-1)
  if (last?.role === role) last.content.push(...blocks)
  else turns.push({ role, content: [...blocks] })
}

function encodeAssistant(message: Record<string, unknown>, path: string): Block[] {
  const calls = message['tool_calls']
  return [
    ...encodeThoughts(message['reasoning_details']),
    ...encodeParts(message['content'], `${path}.content`),
    ...encodeParts(message['refusal'], `${path}.refusal`),
    ...(Array.isArray(calls) ? calls.map((call, at) => encodeToolCall(call, `${path}.tool_calls.${at}`)) : []),
  ]
}

function encodeToolCall(entry: unknown, path: string): Block {
  const call = asObject(entry) ?? {}
  const part = asObject(call['function'])
  if (part === undefined) throw unknownHere(`${path}.function`, 'must be an object')
  const text = asText(part['arguments']) ?? ''
  const input = text.trim() === '' ? {} : parseExactly(text)
  if (input === undefined) throw unknownHere(`${path}.function.arguments`, 'must be the text of a JSON object')
  return { type: 'tool_use', id: toToolId(call['id']), name: part['name'], input }
}

function encodeToolResult(message: Record<string, unknown>, path: string): Block {
  const { content } = message
  const block: Block = { type: 'tool_result', tool_use_id: toToolId(message['tool_call_id']) }
  if (!Array.isArray(content)) {
    const marker = message['cache_control']
    return { ...block, content: asText(content) ?? '', ...(marker !== undefined && { cache_control: marker }) }
  }
  let marker = message['cache_control']
  const blocks = encodeParts(content, `${path}.content`).map(({ cache_control: own, ...rest }) => {
    marker = own ?? marker
    return rest
  })
  return { ...block, content: blocks, ...(marker !== undefined && { cache_control: marker }) }
}

/** Ids of other providers may have characters that this format refuses. */
function toToolId(id: unknown): string {
  return (asText(id) ?? '').replace(/[^\w-]/g, '_')
}

/** What the model thought, as it was signed; pieces of a stream may have come apart. Thoughts of other models, and those without a
 *  signature, would be refused. */
function encodeThoughts(details: unknown): Block[] {
  const blocks: Block[] = []
  let open = { thinking: '', index: undefined as unknown }
  for (const detail of ownDetails(details)) {
    const { type, index, data } = detail
    if (type === 'reasoning.encrypted') blocks.push({ type: 'redacted_thinking', data })
    if (type !== 'reasoning.text') continue
    const thinking: string = (open.index === index ? open.thinking : '') + (asText(detail['text']) ?? '')
    const signature = asText(detail['signature'])
    open = { thinking: signature ? '' : thinking, index }
    if (signature) blocks.push({ type: 'thinking', thinking, signature })
  }
  return blocks
}

/** What the model is to go on from may not end in a space. */
function trimPrefill(turns: Turn[]): void {
  const last = turns.at(-1)
  const block = last?.content.at(-1)
  if (last?.role !== 'assistant' || block?.['type'] !== 'text') return
  block['text'] = (asText(block['text']) ?? '').trimEnd()
  if (block['text'] === '') last.content.pop()
  if (last.content.length === 0) turns.pop()
}
