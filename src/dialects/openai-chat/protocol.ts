import type { DecodedAnswer, StreamPiece } from '../dialect.ts'
import type { AnswerEnd, AnswerIdentity, AnswerStream, ClientProtocol, Counted } from '../protocol.ts'
import { parseChatRequest } from './parse-request.ts'
import { usageToWire } from './usage-wire.ts'

/** `POST /api/v1/chat/completions`. */
export const chatProtocol: ClientProtocol = {
  name: 'chat',
  dialect: 'openai-chat',
  path: '/chat/completions',
  apiType: 'completions',
  parse: parseChatRequest,
  newStream: (identity) => new ChatAnswerStream(identity),
  toAnswer,
  toErrorBody: (envelope) => ({ ...envelope }),
}

function toAnswer(answer: DecodedAnswer, identity: AnswerIdentity, end: AnswerEnd): Record<string, unknown> {
  return {
    id: identity.id,
    object: 'chat.completion',
    created: identity.created,
    model: identity.model,
    provider: identity.provider,
    system_fingerprint: answer.systemFingerprint,
    choices: answer.choices,
    ...serviceTierOf(answer.serviceTier ?? end.usage.serviceTier),
    usage: usageToWire(end.usage, end.cost),
    ...end.metadata,
  }
}

function serviceTierOf(tier: string | undefined): { service_tier?: string } {
  return tier === undefined ? NOTHING : { service_tier: tier }
}

const NOTHING = {}

class ChatAnswerStream implements AnswerStream {
  /** Of each event, up to its own fields. */
  readonly #head: string

  constructor({ id, created, model, provider }: AnswerIdentity) {
    const head = JSON.stringify({ id, object: 'chat.completion.chunk', created, model, provider })
    this.#head = `data: ${head.slice(0, -1)},`
  }

  write(pieces: readonly StreamPiece[]): string {
    let text = ''
    for (const piece of pieces) if ('choices' in piece) text += this.#event(piece)
    return text
  }

  echoUpstream(body: unknown): string {
    return this.#event({ choices: [], debug: { echo_upstream_body: body } })
  }

  end({ usage, cost, metadata }: AnswerEnd): string {
    const tier = serviceTierOf(usage.serviceTier)
    const last = this.#event({ choices: [], ...tier, usage: usageToWire(usage, cost), ...metadata })
    return `${last}data: [DONE]\n\n`
  }

  fail(error: object, { usage, cost }: Counted): string {
    const choices = [{ index: 0, delta: { content: '' }, finish_reason: 'error' }]
    return this.#event({ error, choices, usage: usageToWire(usage, cost) })
  }

  #event(fields: object): string {
    return `${this.#head + JSON.stringify(fields).slice(1)}\n\n`
  }
}
