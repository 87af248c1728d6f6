import type { ChatCompletionRequest } from '../../contract/inference/chat-completions.ts'
import { CompletionRequest } from '../../contract/inference/completions.ts'
import type { PresetBook } from '../../domain/apply-preset.ts'
import type { ChatRequest } from '../chat-request.ts'
import type { DecodedAnswer, StreamPiece } from '../dialect.ts'
import { asObject } from '../json-fields.ts'
import type { AnswerEnd, AnswerIdentity, AnswerStream, ClientProtocol, Counted } from '../protocol.ts'
import { readRequestBody, requireShape } from '../request-body.ts'
import { requireCallersTools, toChatRequest } from './parse-request.ts'
import { usageToWire } from './usage-wire.ts'

type Json = Record<string, unknown>

/** `POST /api/v1/completions`, the older form: its prompt goes to the model as what a user says. */
export const completionsProtocol: ClientProtocol = {
  name: 'completions',
  dialect: 'openai-chat',
  path: '/completions',
  apiType: 'completions',
  parse: parseCompletionRequest,
  newStream: (identity) => new CompletionStream(identity),
  toAnswer,
  toErrorBody: (envelope) => ({ ...envelope }),
}

function parseCompletionRequest(sent: Buffer, presets: PresetBook | null): ChatRequest {
  const { value, bytes, presetHash } = readRequestBody(sent, presets, 'completions')
  const body = requireShape(CompletionRequest, value)
  requireCallersTools(body['tools'])
  const { echo: _echo, logprobs, prompt, messages, ...rest } = body
  const content = typeof prompt === 'string' ? prompt : prompt[0]
  const likeliest = typeof logprobs === 'number' ? { logprobs: true, top_logprobs: logprobs } : {}
  // The preset's, as the caller of this has none.
  const system = presetHash === null ? [] : (messages as ChatCompletionRequest['messages'])
  const chat = { ...rest, ...likeliest, messages: [...system, { role: 'user' as const, content }] }
  return { ...toChatRequest(chat, bytes.length), presetHash }
}

function toAnswer(answer: DecodedAnswer, identity: AnswerIdentity, end: AnswerEnd): Json {
  return {
    ...headOf(identity),
    system_fingerprint: answer.systemFingerprint,
    choices: answer.choices.map((choice) => toTextChoice(choice, asObject(choice['message']) ?? {})),
    usage: usageToWire(end.usage, end.cost),
    ...end.metadata,
  }
}

function headOf({ id, created, model, provider }: AnswerIdentity): Json {
  return { id, object: 'text_completion', created, model, provider }
}

function toTextChoice(choice: Json, said: Json): Json {
  return {
    index: choice['index'],
    text: typeof said['content'] === 'string' ? said['content'] : '',
    logprobs: choice['logprobs'] ?? null,
    finish_reason: choice['finish_reason'] ?? null,
    native_finish_reason: choice['native_finish_reason'] ?? null,
    ...(typeof said['reasoning'] === 'string' ? { reasoning: said['reasoning'] } : {}),
  }
}

class CompletionStream implements AnswerStream {
  readonly #head: Json

  constructor(identity: AnswerIdentity) {
    this.#head = headOf(identity)
  }

  write(pieces: readonly StreamPiece[]): string {
    let text = ''
    for (const piece of pieces) {
      if (!('choices' in piece)) continue
      text += this.#event({
        choices: piece.choices.map((choice) => toTextChoice(choice, asObject(choice['delta']) ?? {})),
      })
    }
    return text
  }

  end({ usage, cost, metadata }: AnswerEnd): string {
    return `${this.#event({ choices: [], usage: usageToWire(usage, cost), ...metadata })}data: [DONE]\n\n`
  }

  fail(error: object, { usage, cost }: Counted): string {
    const choices = [{ index: 0, text: '', logprobs: null, finish_reason: 'error' }]
    return this.#event({ error, choices, usage: usageToWire(usage, cost) })
  }

  #event(fields: Json): string {
    return `data: ${JSON.stringify({ ...this.#head, ...fields })}\n\n`
  }
}
