const NATIVE = new Set([
  'end_turn',
  'max_tokens',
  'model_context_window_exceeded',
  'stop_sequence',
  'tool_use',
  'pause_turn',
  'refusal',
  'compaction',
])
const BY_FINISH: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
}

/** Why a model stopped, as the Messages format has it. A chat's two reasons are ours and the provider's; that it has refused stands
 *  in neither there. */
export function toStopReason(
  choice: Readonly<Record<string, unknown>>,
  { hasRefused }: { hasRefused: boolean },
): string {
  if (hasRefused && choice['finish_reason'] === 'stop') return 'refusal'
  const native = choice['native_finish_reason']
  if (typeof native === 'string' && NATIVE.has(native)) return native
  return BY_FINISH[String(choice['finish_reason'])] ?? 'end_turn'
}
