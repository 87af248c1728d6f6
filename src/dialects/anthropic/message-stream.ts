import type { ErrorEnvelope } from '../../contract/common/errors.ts'
import type { StreamPiece } from '../dialect.ts'
import { asObject, asText } from '../json-fields.ts'
import type { AnswerEnd, AnswerIdentity, AnswerStream } from '../protocol.ts'
import type { Block } from './encode-parts.ts'
import { toMessagesError } from './error-types.ts'
import { ownDetails } from './reasoning-details.ts'
import { toStopReason } from './stop-reason.ts'
import { messagesUsage, NO_MESSAGES_USAGE } from './usage-wire.ts'

/*
 * A stream for a client of the Messages format. A provider's own events go through under our identity, but for the last two, which
 * wait for the cost. Chunks of a chat become events: one block is open at a time, and the next kind of content closes it.
 */

type Fields = Record<string, unknown>
/** The format has no reason to stop for it. */
const BROKEN = {
  type: 'error',
  error: { type: 'api_error', message: 'Provider returned error', error_type: 'provider_unavailable' },
}
type BlockKind = 'text' | 'thinking' | 'tool_use'

export class MessageStream implements AnswerStream {
  readonly #identity: AnswerIdentity
  #isStarted = false
  /** The provider's own last event but one. */
  #nativeEnd: Fields | undefined
  #stopReason = 'end_turn'
  #hasRefused = false
  /** Whether what came from a provider of another format ended in an error of the model. */
  #isBroken = false
  #blocks = 0
  #open: { kind: BlockKind; index: number } | undefined
  /** Of each tool call of the chat its block. */
  readonly #toolBlocks = new Map<unknown, number>()

  constructor(identity: AnswerIdentity) {
    this.#identity = identity
  }

  write(pieces: readonly StreamPiece[]): string {
    let text = ''
    for (const piece of pieces) {
      text += 'native' in piece ? this.#passOn(piece.native) : this.#translate(piece.choices[0] ?? {})
    }
    return text
  }

  end({ usage, cost, metadata }: AnswerEnd): string {
    if (this.#isBroken) return this.#start() + this.#close() + event(BROKEN)
    const native = this.#nativeEnd
    const delta = {
      container: null,
      stop_details: null,
      stop_reason: this.#stopReason,
      stop_sequence: null,
      ...asObject(native?.['delta']),
    }
    const told = messagesUsage(usage, cost, asObject(native?.['usage']))
    return (
      this.#start() +
      this.#close() +
      event({ ...native, type: 'message_delta', delta, usage: told }) +
      event({ type: 'message_stop', ...metadata })
    )
  }

  fail(error: ErrorEnvelope['error']): string {
    const { type, error: told } = toMessagesError(error)
    return event({ type, error: told })
  }

  #passOn(native: Fields): string {
    switch (native['type']) {
      case 'message_start': {
        this.#isStarted = true
        const { id, model, provider } = this.#identity
        const message = asObject(native['message'])
        return event({ ...native, message: { container: null, stop_details: null, ...message, id, model, provider } })
      }
      case 'message_delta':
        this.#nativeEnd = { ...this.#nativeEnd, ...native }
        return ''
      case 'message_stop':
        return ''
      default:
        return event(native)
    }
  }

  #start(): string {
    if (this.#isStarted) return ''
    this.#isStarted = true
    const { id, model, provider } = this.#identity
    const message = {
      id,
      type: 'message',
      role: 'assistant',
      model,
      provider,
      container: null,
      content: [],
      stop_reason: null,
      stop_details: null,
      stop_sequence: null,
      usage: NO_MESSAGES_USAGE,
    }
    return event({ type: 'message_start', message })
  }

  #translate(choice: Fields): string {
    if (choice['index'] !== 0) return ''
    const delta = asObject(choice['delta']) ?? {}
    let text = this.#start() + this.#thoughts(delta)
    for (const said of [delta['content'], delta['refusal']]) {
      if (typeof said === 'string' && said !== '') text += this.#piece('text', { type: 'text_delta', text: said })
    }
    const calls = delta['tool_calls']
    if (Array.isArray(calls)) for (const call of calls) text += this.#toolCall(asObject(call) ?? {})
    if (delta['refusal']) this.#hasRefused = true
    if (choice['finish_reason']) this.#stopReason = toStopReason(choice, { hasRefused: this.#hasRefused })
    if (choice['finish_reason'] === 'error') this.#isBroken = true
    return text
  }

  #thoughts(delta: Fields): string {
    const { reasoning, reasoning_details: details } = delta
    const own = ownDetails(details)
    if (own.length === 0) {
      return typeof reasoning === 'string' && reasoning !== '' ? this.#thought({ thinking: reasoning }) : ''
    }
    let text = ''
    for (const detail of own) {
      if (detail['type'] === 'reasoning.encrypted') {
        text += this.#openBlock('thinking', { type: 'redacted_thinking', data: detail['data'] }) + this.#close()
      }
      if (detail['type'] !== 'reasoning.text') continue
      text += this.#thought({ thinking: asText(detail['text']), signature: asText(detail['signature']) })
    }
    return text
  }

  /** A signature is the last of a thought. */
  #thought({ thinking, signature }: { thinking: string | null; signature?: string | null }): string {
    let text = thinking ? this.#piece('thinking', { type: 'thinking_delta', thinking }) : ''
    if (signature) text += this.#piece('thinking', { type: 'signature_delta', signature }) + this.#close()
    return text
  }

  /** Tool calls come one after the other; of one that comes again its own block goes on, whichever is open. */
  #toolCall(call: Fields): string {
    const part = asObject(call['function'])
    const input = asText(part?.['arguments']) ?? ''
    const key = call['index']
    let index = this.#toolBlocks.get(key)
    let text = ''
    if (index === undefined) {
      const id = asText(call['id']) ?? `call_${this.#toolBlocks.size}`
      const name = asText(part?.['name']) ?? ''
      text = this.#openBlock('tool_use', { type: 'tool_use', id, caller: { type: 'direct' }, name, input: {} })
      index = this.#blocks - 1
      this.#toolBlocks.set(key, index)
    }
    if (input === '') return text
    return (
      text + event({ type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json: input } })
    )
  }

  #piece(kind: 'text' | 'thinking', delta: Fields): string {
    const empty: Block =
      kind === 'text' ? { type: 'text', text: '', citations: null } : { type: 'thinking', thinking: '', signature: '' }
    const begin = this.#open?.kind === kind ? '' : this.#openBlock(kind, empty)
    return begin + event({ type: 'content_block_delta', index: this.#open?.index, delta })
  }

  #openBlock(kind: BlockKind, block: Block): string {
    const end = this.#close()
    this.#open = { kind, index: this.#blocks }
    this.#blocks += 1
    return end + event({ type: 'content_block_start', index: this.#open.index, content_block: block })
  }

  #close(): string {
    if (this.#open === undefined) return ''
    const { index } = this.#open
    this.#open = undefined
    return event({ type: 'content_block_stop', index })
  }
}

function event(data: Fields): string {
  return `event: ${String(data['type'])}\ndata: ${JSON.stringify(data)}\n\n`
}
