import type { MessageParam } from '../../contract/inference/messages.ts'
import { AppError } from '../../domain/app-error.ts'
import { asObject, asText } from '../json-fields.ts'
import type { Block } from './encode-parts.ts'
import { redactedDetail, thoughtDetail } from './reasoning-details.ts'

/*
 * Messages in Anthropic's format as those of a chat. Every text of theirs is in it as a text, because content filters look at the
 * chat. Blocks that a chat has no words for stay as they are: a provider of the same format takes them.
 */

export type ChatMessage = { role: 'system' | 'user' | 'assistant' | 'tool' } & Record<string, unknown>

export function toChatMessages(system: unknown, messages: readonly MessageParam[]): ChatMessage[] {
  const begin: ChatMessage[] = hasContent(system) ? [{ role: 'system', content: toContent(system, 'system') }] : []
  return begin.concat(messages.flatMap((message, at) => toMessages(message, `messages.${at}.content`)))
}

function hasContent(system: unknown): boolean {
  return system !== undefined && system !== null && system !== '' && !(Array.isArray(system) && system.length === 0)
}

function toMessages({ role, content }: MessageParam, path: string): ChatMessage[] {
  if (role === 'assistant') return [toAssistant(content, path)]
  if (role === 'system' || typeof content === 'string') return [{ role, content: toContent(content, path) }]
  return toUserMessages(content, path)
}

/** What tools have answered comes first, each as a message; pictures among it go with what the user says. */
function toUserMessages(blocks: readonly Block[], path: string): ChatMessage[] {
  const results: ChatMessage[] = []
  const parts: Block[] = []
  for (const [at, block] of blocks.entries()) {
    if (block['type'] !== 'tool_result') parts.push(...toParts(block, `${path}.${at}`))
    else {
      const { message, media } = toToolMessage(block, `${path}.${at}`)
      results.push(message)
      parts.push(...media)
    }
  }
  return parts.length > 0 || results.length === 0 ? [...results, { role: 'user', content: parts }] : results
}

function toToolMessage(block: Block, path: string): { message: ChatMessage; media: Block[] } {
  const content = block['content'] ?? ''
  const parts = typeof content === 'string' ? [] : toPartList(content, `${path}.content`)
  const said = parts.filter(({ type }) => !isMedia(type))
  const marker = block['cache_control']
  return {
    message: {
      role: 'tool',
      tool_call_id: requireText(block['tool_use_id'], `${path}.tool_use_id`),
      content: typeof content === 'string' ? content : said,
      ...(marker !== undefined && { cache_control: marker }),
    },
    media: parts.filter(({ type }) => isMedia(type)),
  }
}

function isMedia(type: unknown): boolean {
  return type === 'image_url' || type === 'file'
}

function toAssistant(content: MessageParam['content'], path: string): ChatMessage {
  if (typeof content === 'string') return { role: 'assistant', content }
  const details: Block[] = []
  const calls: Block[] = []
  const parts: Block[] = []
  for (const [at, block] of content.entries()) {
    const blockPath = `${path}.${at}`
    switch (block['type']) {
      case 'thinking': {
        const signature = asText(block['signature'])
        const text = requireText(block['thinking'], `${blockPath}.thinking`)
        details.push(thoughtDetail({ text, ...(signature !== null && { signature }) }, details.length))
        break
      }
      case 'redacted_thinking':
        details.push(redactedDetail(block['data'], details.length))
        break
      case 'tool_use':
        calls.push(toToolCall(block, blockPath))
        break
      default:
        parts.push(...toParts(block, blockPath))
    }
  }
  return {
    role: 'assistant',
    content: parts.length > 0 ? parts : null,
    ...(details.length > 0 && { reasoning_details: details }),
    ...(calls.length > 0 && { tool_calls: calls }),
  }
}

function toToolCall(block: Block, path: string): Block {
  const name = requireText(block['name'], `${path}.name`)
  const id = requireText(block['id'], `${path}.id`)
  return { id, type: 'function', function: { name, arguments: JSON.stringify(block['input'] ?? {}) } }
}

function toContent(content: unknown, path: string): unknown {
  return typeof content === 'string' ? content : toPartList(content, path)
}

function toPartList(blocks: unknown, path: string): Block[] {
  if (!Array.isArray(blocks)) throw badField(path, 'must be a text or a list of blocks')
  return blocks.flatMap((entry: unknown, at) => {
    const block = asObject(entry)
    if (block === undefined) throw badField(`${path}.${at}`, 'must be an object')
    return toParts(block, `${path}.${at}`)
  })
}

function toParts(block: Block, path: string): Block[] {
  const marker = block['cache_control']
  const marked = (part: Block): Block[] => [marker === undefined ? part : { ...part, cache_control: marker }]
  switch (block['type']) {
    case 'text':
      return marked({ type: 'text', text: requireText(block['text'], `${path}.text`) })
    case 'image': {
      const url = addressOf(asObject(block['source']))
      return url === undefined ? [block] : marked({ type: 'image_url', image_url: { url } })
    }
    case 'document':
      return toDocument(block, path).flatMap((part, at, all) => (at === all.length - 1 ? marked(part) : [part]))
    default:
      return [block]
  }
}

/** A document of texts becomes texts. */
function toDocument(block: Block, path: string): Block[] {
  const source = asObject(block['source'])
  const title = asText(block['title'])
  const context = asText(block['context'])
  const about = (...texts: (string | null)[]) =>
    texts.flatMap((text): Block[] => (text === null || text === '' ? [] : [{ type: 'text', text }]))
  if (source?.['type'] === 'text') {
    return about(title, context, requireText(source['data'], `${path}.source.data`))
  }
  if (source?.['type'] === 'content') {
    const { content } = source
    const parts: Block[] = typeof content === 'string' ? about(content) : toPartList(content, `${path}.source.content`)
    return [...about(title, context), ...parts]
  }
  const address = addressOf(source)
  if (address === undefined) return [block]
  return [...about(context), { type: 'file', file: { filename: title ?? 'document.pdf', file_data: address } }]
}

function addressOf(source: Block | undefined): string | undefined {
  if (source?.['type'] === 'url' && typeof source['url'] === 'string') return source['url']
  if (source?.['type'] !== 'base64' || typeof source['data'] !== 'string') return undefined
  return `data:${asText(source['media_type']) ?? ''};base64,${source['data']}`
}

function requireText(value: unknown, path: string): string {
  if (typeof value !== 'string') throw badField(path, 'must be a text')
  return value
}

function badField(path: string, problem: string): AppError {
  return new AppError('invalid_request', `${path}: ${problem}`)
}
