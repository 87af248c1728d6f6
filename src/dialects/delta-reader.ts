import { AnswerReader } from './answer-reader.ts'
import type { ChatChunk } from './dialect.ts'

/** Readers of formats other than chat completions that make pieces of that format. */
export abstract class DeltaReader extends AnswerReader {
  readonly #begun = new Set<number>()

  abstract override push(chunk: Buffer): ChatChunk[]
  abstract override end(): ChatChunk[]

  /** A piece of one choice. */
  protected piece(index: number, fields: Record<string, unknown>): ChatChunk {
    const delta = this.#begun.has(index) ? fields : { role: 'assistant', ...fields }
    this.#begun.add(index)
    this.count(fields)
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
}
