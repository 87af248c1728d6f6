import { answerWords, type ChatAnswer, type ChatRequest, type Frame } from './chat-answer.ts'
import type { ReplyPlan } from './reply-plan.ts'

type Json = Readonly<Record<string, unknown>>

/** The correct answer under `plan` in the format of messages: one JSON frame, or one frame for each event. `blocks` of the plan are
 *  the content in place of words. A plan without an end leaves out the last event. */
export function messagesAnswer(request: ChatRequest, plan: ReplyPlan, id: string): ChatAnswer {
  const words = answerWords(request, plan)
  const promptTokens = plan.promptTokens ?? request.promptTokens
  const completionTokens = plan.completionTokens ?? (plan.blocks ? plan.blocks.length : words.sent.length)
  const content = plan.blocks ?? [{ type: 'text', text: words.sent.join('') }]
  const callsTool = content.some(({ type }) => type === 'tool_use')
  const reason = plan.finishReason ?? (words.cut ? 'max_tokens' : callsTool ? 'tool_use' : 'end_turn')
  const end = { stop_reason: reason, stop_sequence: null }
  const head = { id, type: 'message', role: 'assistant', model: request.model }
  const usage = 'usageBody' in plan ? plan.usageBody : usageObject(promptTokens, completionTokens)
  const told = plan.usage === 'never' ? {} : { usage }
  if (!request.stream) {
    const body = JSON.stringify({ ...head, content, ...end, ...told })
    return {
      contentType: 'application/json',
      frames: [{ bytes: Buffer.from(body), tokens: completionTokens }],
      promptTokens,
    }
  }
  const begun = { ...head, content: [], stop_reason: null, stop_sequence: null, usage: usageObject(promptTokens, 1) }
  const frames: Frame[] = [
    frame({ type: 'message_start', message: begun }),
    ...(plan.blocks ? content.flatMap(blockFrames) : wordFrames(words.sent)),
    frame({ type: 'message_delta', delta: end, ...told }),
    ...(plan.fault === 'no-done' ? [] : [frame({ type: 'message_stop' })]),
  ]
  return { contentType: 'text/event-stream; charset=utf-8', frames, promptTokens }
}

function frame(event: Json, tokens = 0): Frame {
  return { bytes: Buffer.from(`event: ${event['type']}\ndata: ${JSON.stringify(event)}\n\n`), tokens }
}

function wordFrames(words: readonly string[]): Frame[] {
  const delta = (text: string) =>
    frame({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }, 1)
  return [
    frame({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    ...words.map(delta),
    frame({ type: 'content_block_stop', index: 0 }),
  ]
}

/** What a tool is called with comes in two pieces, other blocks whole. */
function blockFrames(block: Json, index: number): Frame[] {
  const stop = frame({ type: 'content_block_stop', index }, 1)
  if (block['type'] !== 'tool_use') return [frame({ type: 'content_block_start', index, content_block: block }), stop]
  const text = JSON.stringify(block['input'])
  const half = text.length >> 1
  const delta = (partial_json: string) =>
    frame({ type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json } })
  const begun = { ...block, input: {} }
  return [
    frame({ type: 'content_block_start', index, content_block: begun }),
    delta(text.slice(0, half)),
    delta(text.slice(half)),
    stop,
  ]
}

function usageObject(input: number, output: number): Json {
  return {
    input_tokens: input,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: output,
    service_tier: 'standard',
  }
}
