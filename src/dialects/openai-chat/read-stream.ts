import { AnswerReader } from '../answer-reader.ts'
import type { ChatChunk, StreamError } from '../dialect.ts'
import { normalizeFinishReason } from '../finish-reason.ts'
import { asObject, keepRawUsage } from '../json-fields.ts'
import { SseEvents } from '../sse-events.ts'
import { CallNumbers } from './call-numbers.ts'
import { flattenContent } from './flatten-content.ts'
import { readUsage } from './read-usage.ts'

/*
 * A provider's SSE stream, read chunk by chunk and repaired to what official clients accept. It knows three ends: [DONE],
 * an error object, and the bare end of the connection, which counts as complete only if a finish reason came before it.
 * Usage is taken out of the chunks: the gateway sends it once, with the cost.
 */

export class ChatStreamReader extends AnswerReader {
  readonly #events = new SseEvents()
  /** Choices that have begun, and why others have ended. */
  readonly #open = new Set<number>()
  readonly #ends = new Map<number, string>()
  /** By choice. */
  readonly #calls = new Map<number, CallNumbers>()

  push(chunk: Buffer): ChatChunk[] {
    return this.isOver ? [] : this.#readAll(this.#events.push(chunk))
  }

  /** To be called at the end of the connection: reads a last line without an end and decides whether the answer is whole. */
  end(): ChatChunk[] {
    const chunks = this.isOver ? [] : this.#readAll(this.#events.end())
    if (this.isOver) return chunks
    if (this.finishReason !== null && this.#events.isAtRest) this.isDone = true
    else this.fail('Provider disconnected')
    return chunks
  }

  #readAll(events: readonly Record<string, unknown>[]): ChatChunk[] {
    const chunks: ChatChunk[] = []
    for (const event of events) {
      this.#readEvent(event, chunks)
      if (this.error) return chunks
    }
    if (this.#events.problem !== undefined) this.fail(this.#events.problem)
    else this.isDone = this.#events.isEnded
    return chunks
  }

  #readEvent(event: Record<string, unknown>, chunks: ChatChunk[]): void {
    if (event['error'] !== undefined && event['error'] !== null) {
      this.error = readStreamError(event['error'])
      return
    }
    const usage = asObject(event['usage'])
    if (usage) {
      this.usage = readUsage(usage, event['service_tier']) ?? this.usage
      this.usageRaw = keepRawUsage(usage)
    }
    if (this.upstreamId === null && typeof event['id'] === 'string') this.upstreamId = event['id'].slice(0, 200)
    const choices = Array.isArray(event['choices']) ? event['choices'] : []
    if (choices.length === 0) return
    const repaired: Record<string, unknown>[] = []
    for (let at = 0; at < choices.length; at++) {
      const choice = asObject(choices[at])
      if (choice !== undefined) repaired.push(this.#repairChoice(choice, at))
    }
    if (repaired.length === 0) return
    const chunk: ChatChunk = { choices: repaired }
    if (typeof event['system_fingerprint'] === 'string') chunk.system_fingerprint = event['system_fingerprint']
    if (typeof event['service_tier'] === 'string') chunk.service_tier = event['service_tier']
    chunks.push(chunk)
  }

  /** The same object: nobody else has it. */
  #repairChoice(choice: Record<string, unknown>, at: number): Record<string, unknown> {
    const native = typeof choice['finish_reason'] === 'string' ? choice['finish_reason'] : null
    const index = Number.isInteger(choice['index']) ? Number(choice['index']) : at
    this.#noteEnd(index, native)
    const delta = repairDelta(asObject(choice['delta']) ?? {})
    if (Array.isArray(delta['tool_calls'])) delta['tool_calls'] = this.#callsOf(index).number(delta['tool_calls'])
    this.count(delta)
    if (index === 0) this.transcript?.add(delta)
    choice['index'] = index
    choice['delta'] = delta
    choice['finish_reason'] = native === null ? null : normalizeFinishReason(native)
    choice['native_finish_reason'] = native
    return choice
  }

  /** The answer has ended when each choice that has begun has, for the reason of the first. */
  #noteEnd(choice: number, native: string | null): void {
    if (native !== null) {
      this.#open.delete(choice)
      this.#ends.set(choice, native)
    } else if (!this.#ends.has(choice)) this.#open.add(choice)
    if (this.#ends.size === 0) return
    const [any] = this.#ends.values()
    const told = this.#open.size > 0 ? null : (this.#ends.get(0) ?? any ?? null)
    this.finishReason = told === null ? null : normalizeFinishReason(told)
    this.nativeFinishReason = told
  }

  #callsOf(choice: number): CallNumbers {
    const calls = this.#calls.get(choice) ?? new CallNumbers()
    this.#calls.set(choice, calls)
    return calls
  }
}

/** A delta in the official shape: `role` is `assistant` or absent, reasoning has its usual name, tool calls are a list. */
function repairDelta(delta: Record<string, unknown>): Record<string, unknown> {
  if (isOfficial(delta)) return delta
  const { role, reasoning_content: reasoningContent, tool_calls: toolCalls, ...rest } = delta
  const repaired: Record<string, unknown> = rest
  if (role !== undefined && role !== null) repaired['role'] = 'assistant'
  if (typeof reasoningContent === 'string' && rest['reasoning'] === undefined) repaired['reasoning'] = reasoningContent
  flattenContent(repaired)
  if (Array.isArray(toolCalls)) repaired['tool_calls'] = toolCalls
  return repaired
}

/** As nearly all are. */
function isOfficial(delta: Readonly<Record<string, unknown>>): boolean {
  const { content, reasoning_content: reasoningContent, role, tool_calls: toolCalls } = delta
  return role === undefined && reasoningContent === undefined && toolCalls === undefined && !Array.isArray(content)
}

function readStreamError(value: unknown): StreamError {
  const error = asObject(value)
  const status = error?.['code'] ?? error?.['status']
  return {
    status: typeof status === 'number' && status >= 400 && status <= 599 ? status : undefined,
    message: 'Provider returned error',
  }
}
