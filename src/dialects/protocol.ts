import type { ErrorEnvelope } from '../contract/common/errors.ts'
import type { PresetBook } from '../domain/apply-preset.ts'
import type { DialectName } from '../domain/catalogue.ts'
import type { Cost, TokenUsage } from '../domain/pricing.ts'
import type { ChatRequest } from './chat-request.ts'
import type { DecodedAnswer, StreamPiece } from './dialect.ts'

/*
 * What a wire format of clients has to do. All is pure: a request is checked and translated to the chat completions format, answers
 * are translated from it, or go through as they are where the provider speaks the client's format.
 */

export interface ClientProtocol {
  readonly name: ProtocolName
  /** Whose providers understand its requests as they are. */
  readonly dialect: DialectName
  /** Below the API's base, as in `/chat/completions`. */
  readonly path: string
  /** As generations tell it. */
  readonly apiType: 'completions' | 'embeddings' | 'rerank'
  /** `presets`: those of the workspace; null for none. Throws `invalid_request` naming the first bad field, `not_found` for a
   *  preset that isn't among them. */
  parse(bytes: Buffer, presets: PresetBook | null): ChatRequest
  /** Begins a stream; what it writes may be thrown away until something was sent. */
  newStream(identity: AnswerIdentity): AnswerStream
  /** A whole answer. */
  toAnswer(answer: DecodedAnswer, identity: AnswerIdentity, end: AnswerEnd): Record<string, unknown>
  /** Whether the format has no words for a whole answer whose model has ended by an error, so that it is told as a refusal. */
  readonly hasNoBrokenAnswers?: true
  /** A refusal before the first byte. */
  toErrorBody(envelope: ErrorEnvelope, identity: { generationId: string | undefined }): Record<string, unknown>
  /** Where the format tells such a refusal as an answer: that answer, as JSON or as a stream, which goes out with status 200. */
  answerInstead?(error: ErrorEnvelope['error'], identity: AnswerIdentity, isStream: boolean): string | undefined
}

export type ProtocolName = 'chat' | 'responses' | 'messages' | 'completions' | 'embeddings' | 'rerank'

export interface AnswerIdentity {
  /** Of the generation. */
  id: string
  /** Unix seconds. */
  created: number
  model: string
  provider: string
  /** Of the request. */
  echo: string | null
}

/** What an inference has used and is charged. */
export interface Counted {
  usage: TokenUsage
  cost: Cost
}

/** What is known when everything has come. */
export interface AnswerEnd extends Counted {
  /** Unix seconds. */
  endedAt: number
  /** Fields for the top level, as `openrouter_metadata`. */
  metadata: Record<string, unknown> | undefined
}

/** Text for the client, ready to be written; '' when there is none. Exactly one of `end` and `fail` comes last. */
export interface AnswerStream {
  write(pieces: readonly StreamPiece[]): string
  /** What was sent to a provider, for a caller who asks to see it; before anything is written. Missing where the protocol has no
   *  words for it. */
  echoUpstream?(body: unknown): string
  end(end: AnswerEnd): string
  /** Tells what was counted where the format has a place for it. */
  fail(error: ErrorEnvelope['error'], counted: Counted): string
}
