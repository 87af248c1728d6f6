import type { ResponsesItem } from '../../contract/inference/responses.ts'
import { asObjects, asText } from '../json-fields.ts'
import { pick } from './encode-input.ts'
import { REASONING_FORMAT } from './translate-output.ts'

type Json = Record<string, unknown>

/**
 * Items of input as messages of a chat. What a model said in one turn, its reasoning and calls of tools among it, becomes one
 * message. `nativeOnly` is the path of the first item that no message has words for.
 */
export class InputReader {
  readonly messages: Json[] = []
  nativeOnly: string | null = null
  /** The model's turn that the next item may belong to. */
  #turn: Json | null = null
  #reasoningCount = 0

  readAll(input: string | readonly ResponsesItem[]): void {
    if (typeof input === 'string') this.messages.push({ role: 'user', content: input })
    else for (const [at, item] of input.entries()) this.#read(item, `input.${at}`)
  }

  #read(item: Json, path: string): void {
    switch (item['type'] ?? 'message') {
      case 'message':
        this.#readMessage(item, path)
        break
      case 'reasoning':
        this.#readReasoning(item)
        break
      case 'function_call': {
        const call = { name: item['name'], arguments: item['arguments'] ?? '{}' }
        this.#addCall({ id: item['call_id'], type: 'function', function: call })
        break
      }
      case 'custom_tool_call':
        this.#addCall({
          id: item['call_id'],
          type: 'custom',
          custom: { name: item['name'], input: item['input'] ?? '' },
        })
        break
      case 'function_call_output':
      case 'custom_tool_call_output':
        this.#add({
          role: 'tool',
          tool_call_id: item['call_id'],
          content: this.#content(item['output'], `${path}.output`),
        })
        break
      default:
        this.#leaveOut(path)
    }
  }

  #readMessage(item: Json, path: string): void {
    const role = asText(item['role']) ?? 'user'
    if (role !== 'assistant') {
      this.#add({ role, content: this.#content(item['content'], `${path}.content`) })
      return
    }
    const parts = asObjects(item['content'])
    const refusals = parts.flatMap((part) => asText(part['refusal']) ?? [])
    const said = parts.length === 0 ? item['content'] : parts.filter((part) => part['type'] !== 'refusal')
    const turn = this.#openTurn('content')
    turn['content'] = this.#content(said, `${path}.content`)
    if (refusals.length > 0) turn['refusal'] = refusals.join('')
  }

  #readReasoning(item: Json): void {
    const turn = this.#openTurn('reasoning')
    const format = asText(item['format']) ?? REASONING_FORMAT
    const known = { id: asText(item['id']), format, index: this.#reasoningCount++ }
    const summary = textsOf(item['summary']).join('\n\n')
    const content = textsOf(item['content']).join('')
    const signature = asText(item['signature'])
    const data = asText(item['encrypted_content'])
    const details = [
      ...(summary === '' ? [] : [{ type: 'reasoning.summary', summary, ...known }]),
      ...(content === '' && signature === null ? [] : [{ type: 'reasoning.text', text: content, signature, ...known }]),
      ...(data === null ? [] : [{ type: 'reasoning.encrypted', data, ...known }]),
    ]
    turn['reasoning_details'] = [...asObjects(turn['reasoning_details']), ...details]
  }

  #addCall(call: Json): void {
    const turn = this.#openTurn('tool_calls')
    turn['tool_calls'] = [...asObjects(turn['tool_calls']), call]
  }

  #add(message: Json): void {
    this.#turn = null
    this.messages.push(message)
  }

  /** A turn goes from reasoning over text to calls of tools; what stands before the kind of what is there begins another one. */
  #openTurn(kind: 'reasoning' | 'content' | 'tool_calls'): Json {
    const turn = this.#turn
    const hasSpoken = turn !== null && (turn['content'] !== null || 'tool_calls' in turn)
    if (turn !== null && (kind === 'tool_calls' || !hasSpoken)) return turn
    const next: Json = { role: 'assistant', content: null }
    this.messages.push(next)
    this.#turn = next
    return next
  }

  #content(content: unknown, path: string): unknown {
    if (!Array.isArray(content)) return asText(content) ?? ''
    const parts: Json[] = []
    for (const [at, part] of asObjects(content).entries()) {
      const translated = toChatPart(part)
      if (translated === undefined) this.#leaveOut(`${path}.${at}`)
      else parts.push(translated)
    }
    const [only] = parts
    return parts.length === 1 && only?.['type'] === 'text' && Object.keys(only).length === 2 ? only['text'] : parts
  }

  #leaveOut(path: string): void {
    this.nativeOnly ??= path
  }
}

function toChatPart(part: Json): Json | undefined {
  switch (part['type']) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return {
        type: 'text',
        text: asText(part['text']) ?? '',
        ...pick(part, ['cache_control', 'prompt_cache_breakpoint']),
      }
    case 'input_image':
      return asText(part['image_url']) === null
        ? undefined
        : { type: 'image_url', image_url: { url: part['image_url'], ...pick(part, ['detail']) } }
    case 'input_file': {
      const data = asText(part['file_data']) ?? asText(part['file_url'])
      return data === null ? undefined : { type: 'file', file: { ...pick(part, ['filename']), file_data: data } }
    }
    case 'input_audio':
      return { type: 'input_audio', input_audio: part['input_audio'] }
    case 'input_video':
      return { type: 'video_url', video_url: { url: part['video_url'] } }
    default:
      return undefined
  }
}

function textsOf(parts: unknown): string[] {
  return asObjects(parts).flatMap((part) => asText(part['text']) ?? [])
}
