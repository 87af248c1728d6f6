import {
  answerWords,
  asRecord,
  type ChatAnswer,
  type ChatRequest,
  countWords,
  DONE,
  type Frame,
} from './chat-answer.ts'
import type { ReplyPlan } from './reply-plan.ts'

type Json = Record<string, unknown>

const CREATED = 1_767_225_600

/** What the upstream reads from a request for a response. */
export function readResponsesRequest(body: unknown): ChatRequest {
  const fields = asRecord(body)
  const { input, instructions, max_output_tokens: bound } = fields
  const items = Array.isArray(input)
    ? input.map((item) => asRecord(item)['content'] ?? asRecord(item)['output'])
    : [input]
  return {
    model: typeof fields['model'] === 'string' ? fields['model'] : '',
    stream: fields['stream'] === true,
    asksForUsage: true,
    maxTokens: typeof bound === 'number' ? bound : undefined,
    promptTokens: [instructions, ...items].reduce((sum: number, content) => sum + countWords(content), 0),
  }
}

/** The correct answer under `plan`: one JSON frame, or one frame for each event. `items` of the plan are the output in place of a
 *  message of words. */
export function responsesAnswer(request: ChatRequest, plan: ReplyPlan, id: string): ChatAnswer {
  const words = answerWords(request, plan)
  const text = words.sent.join('')
  const output = (plan.items ?? [messageItem(text)]) as Json[]
  const promptTokens = plan.promptTokens ?? request.promptTokens
  const completionTokens = plan.completionTokens ?? (plan.items ? plan.items.length : words.sent.length)
  const usage = 'usageBody' in plan ? plan.usageBody : usageObject(promptTokens, completionTokens)
  const reason = plan.finishReason ?? (words.cut ? 'max_output_tokens' : null)
  const head = { id, object: 'response', created_at: CREATED, model: request.model, store: false }
  const whole: Json = {
    ...head,
    status: reason === null ? 'completed' : 'incomplete',
    incomplete_details: reason === null ? null : { reason },
    error: null,
    output,
    ...(plan.usage === 'never' ? {} : { usage }),
  }
  if (!request.stream) {
    const frame = { bytes: Buffer.from(JSON.stringify(whole)), tokens: completionTokens }
    return { contentType: 'application/json', frames: [frame], promptTokens }
  }
  const begun = { ...head, status: 'in_progress', output: [], usage: null }
  const events: { event: Json; tokens: number }[] = [
    { event: { type: 'response.created', response: begun }, tokens: 0 },
    ...(plan.items ? output.flatMap(itemEvents) : wordEvents(words.sent)),
    { event: { type: `response.${whole['status']}`, response: whole }, tokens: 0 },
  ]
  const frames: Frame[] = events.map(({ event, tokens }, index) => ({
    bytes: Buffer.from(`event: ${event['type']}\ndata: ${JSON.stringify({ ...event, sequence_number: index })}\n\n`),
    tokens,
  }))
  // What a plan without an end leaves out.
  const last = frames.pop()
  return {
    contentType: 'text/event-stream; charset=utf-8',
    frames: last === undefined ? frames : [...frames, plan.fault === 'no-done' ? { bytes: DONE, tokens: 0 } : last],
    promptTokens,
  }
}

function messageItem(text: string): Json {
  const content = [{ type: 'output_text', text, annotations: [], logprobs: [] }]
  return { type: 'message', id: 'msg_1', status: 'completed', role: 'assistant', content }
}

function wordEvents(words: readonly string[]): { event: Json; tokens: number }[] {
  const item = messageItem(words.join(''))
  const place = { item_id: 'msg_1', output_index: 0 }
  const within = { ...place, content_index: 0 }
  const part = { type: 'output_text', text: '', annotations: [], logprobs: [] }
  return [
    {
      event: {
        type: 'response.output_item.added',
        output_index: 0,
        item: { ...item, status: 'in_progress', content: [] },
      },
      tokens: 0,
    },
    { event: { type: 'response.content_part.added', ...within, part }, tokens: 0 },
    ...words.map((delta) => ({
      event: { type: 'response.output_text.delta', ...within, delta, logprobs: [] },
      tokens: 1,
    })),
    { event: { type: 'response.output_text.done', ...within, text: words.join(''), logprobs: [] }, tokens: 0 },
    { event: { type: 'response.content_part.done', ...within, part: { ...part, text: words.join('') } }, tokens: 0 },
    { event: { type: 'response.output_item.done', output_index: 0, item }, tokens: 0 },
  ]
}

/** Calls come in pieces, other items whole. */
function itemEvents(item: Json, index: number): { event: Json; tokens: number }[] {
  const done = { event: { type: 'response.output_item.done', output_index: index, item }, tokens: 1 }
  const begun = { ...item, status: 'in_progress', ...(item['type'] === 'function_call' ? { arguments: '' } : {}) }
  const added = { event: { type: 'response.output_item.added', output_index: index, item: begun }, tokens: 0 }
  if (item['type'] !== 'function_call') return [added, done]
  const place = { item_id: item['id'], output_index: index }
  const text = String(item['arguments'])
  const type = 'response.function_call_arguments'
  const half = text.length >> 1
  return [
    added,
    { event: { type: `${type}.delta`, ...place, delta: text.slice(0, half) }, tokens: 0 },
    { event: { type: `${type}.delta`, ...place, delta: text.slice(half) }, tokens: 0 },
    { event: { type: `${type}.done`, ...place, arguments: text }, tokens: 0 },
    done,
  ]
}

function usageObject(input: number, output: number): Json {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  }
}
