import type { TokenUsage } from '../domain/pricing.ts'
import type { StreamError, StreamPiece, StreamReader } from './dialect.ts'
import { asObjects, asText } from './json-fields.ts'
import type { Transcript } from './transcript.ts'

/** What a picture and a piece of sound count for in an estimate. Their own bytes say nothing about tokens: a picture of a thousand
 *  tokens has a million. */
const IMAGE_BYTES = 4_096
const AUDIO_PIECE_BYTES = 4

/** What readers of streams have in common, whatever the format: what is known of the answer so far, and how it is counted. */
export abstract class AnswerReader implements StreamReader {
  readonly transcript: Transcript | null
  usage: TokenUsage | undefined
  usageRaw: Record<string, unknown> | null = null
  upstreamId: string | null = null
  finishReason: string | null = null
  nativeFinishReason: string | null = null
  error: StreamError | undefined
  isDone = false
  hasContent = false
  contentChunks = 0
  outputBytes = 0

  /** `transcript` gathers the first choice, where somebody wants it. */
  constructor(transcript: Transcript | null) {
    this.transcript = transcript
  }

  abstract push(chunk: Buffer): StreamPiece[]
  abstract end(): StreamPiece[]

  protected get isOver(): boolean {
    return this.isDone || this.error !== undefined
  }

  protected fail(message: string, status?: number): void {
    this.error = { status, message }
  }

  /** Counts what a delta says; `more` are bytes that only the reader knows of. */
  protected count(delta: Readonly<Record<string, unknown>>, more = 0): void {
    const bytes = more + bytesOf(delta)
    if (bytes === 0) return
    this.hasContent = true
    this.contentChunks += 1
    this.outputBytes += bytes
  }
}

/** Of what a caller can use. */
function bytesOf(delta: Readonly<Record<string, unknown>>): number {
  const { audio, content, function_call: call, images, reasoning, refusal, tool_calls: calls } = delta
  let bytes = 0
  if (typeof content === 'string') bytes += Buffer.byteLength(content)
  if (typeof reasoning === 'string') bytes += Buffer.byteLength(reasoning)
  if (typeof refusal === 'string') bytes += Buffer.byteLength(refusal)
  if (Array.isArray(calls)) bytes += Buffer.byteLength(JSON.stringify(calls))
  if (images !== undefined) bytes += asObjects(images).length * IMAGE_BYTES
  if (call) bytes += Buffer.byteLength(JSON.stringify(call))
  if (audio) bytes += bytesOfAudio(audio as Record<string, unknown>)
  return bytes
}

function bytesOfAudio({ data, transcript }: Readonly<Record<string, unknown>>): number {
  return Buffer.byteLength(asText(transcript) ?? '') + (data ? AUDIO_PIECE_BYTES : 0)
}
