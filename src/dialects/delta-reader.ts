import type { TokenUsage } from '../domain/pricing.ts'
import type { ChatChunk, StreamError, StreamReader } from './dialect.ts'
import type { Transcript } from './transcript.ts'

/** What readers of formats other than chat completions have in common: they make pieces of that format, and count them. */
export abstract class DeltaReader implements StreamReader {
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
  readonly #begun = new Set<number>()

  constructor(transcript: Transcript | null) {
    this.transcript = transcript
  }

  abstract push(chunk: Buffer): ChatChunk[]
  abstract end(): ChatChunk[]

  /** A piece of one choice. */
  protected piece(index: number, fields: Record<string, unknown>): ChatChunk {
    const delta = this.#begun.has(index) ? fields : { role: 'assistant', ...fields }
    this.#begun.add(index)
    this.#count(fields)
    if (index === 0) this.transcript?.add(delta)
    return { choices: [{ index, delta, finish_reason: null, native_finish_reason: null }] }
  }

  /** The end of one choice; those of the first one count for the answer. */
  protected finish(index: number, reason: string, native: string): ChatChunk {
    if (index === 0 || this.finishReason === null) {
      this.finishReason = reason
      this.nativeFinishReason = native
    }
    return { choices: [{ index, delta: {}, finish_reason: reason, native_finish_reason: native }] }
  }

  protected fail(message: string, status?: number): void {
    this.error = { status, message }
  }

  #count({ content, reasoning, tool_calls: calls, images }: Record<string, unknown>): void {
    let bytes = 0
    if (typeof content === 'string') bytes += Buffer.byteLength(content)
    if (typeof reasoning === 'string') bytes += Buffer.byteLength(reasoning)
    for (const more of [calls, images]) if (Array.isArray(more)) bytes += Buffer.byteLength(JSON.stringify(more))
    if (bytes === 0) return
    this.hasContent = true
    this.contentChunks += 1
    this.outputBytes += bytes
  }
}
