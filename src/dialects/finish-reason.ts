import { lookUp } from './json-fields.ts'

const NORMALIZED: Readonly<Record<string, string>> = {
  stop: 'stop',
  end_turn: 'stop',
  stop_sequence: 'stop',
  eos: 'stop',
  STOP: 'stop',
  length: 'length',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  MAX_TOKENS: 'length',
  model_length: 'length',
  tool_calls: 'tool_calls',
  tool_use: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'content_filter',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  refusal: 'content_filter',
  error: 'error',
  insufficient_system_resource: 'error',
}

/** Of the reasons that mean an error, those that speak against the provider: others are what the model did with what it was asked. */
const PROVIDER_FAULTS: ReadonlySet<string | null> = new Set(['error', 'insufficient_system_resource'])

export function isProviderFault(native: string | null): boolean {
  return PROVIDER_FAULTS.has(native)
}

/** A provider's finish reason in the five words of the wire. An unknown one means that the model stopped. */
export function normalizeFinishReason(native: string): string {
  return lookUp(NORMALIZED, native) ?? 'stop'
}
