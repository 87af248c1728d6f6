import { asText, lookUp } from '../json-fields.ts'

type Fields = Record<string, unknown>

/** Of the models there Claude alone signs what it thinks; what isn't signed never goes back, whatever its format is called. */
export const REASONING_FORMAT = 'anthropic-claude-v1'

const REASONS: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  tool_use: 'tool_calls',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  guardrail_intervened: 'content_filter',
  content_filtered: 'content_filter',
  malformed_model_output: 'error',
  malformed_tool_use: 'error',
}

/** A stop reason in the words of the wire. */
export function toFinishReason(native: string): string {
  return lookUp(REASONS, native) ?? 'stop'
}

/** A thought, or a piece of one: text, its signature, or what nobody may read. Undefined when it is none of these. */
export function toReasoningDetail(thought: Fields, index: number): Fields | undefined {
  const base = { format: REASONING_FORMAT, index }
  const data = asText(thought['redactedContent'])
  if (data !== null) return { type: 'reasoning.encrypted', data, ...base }
  const text = asText(thought['text'])
  const signature = asText(thought['signature'])
  if (text === null && signature === null) return undefined
  return { type: 'reasoning.text', text: text ?? '', ...(signature === null ? {} : { signature }), ...base }
}
