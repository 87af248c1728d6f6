import { asObject, asText } from '../json-fields.ts'

/** How an answer that wasn't refused has ended: in the words of the wire, and in the provider's. */
export function finishOf(
  isCompleted: boolean,
  response: Readonly<Record<string, unknown>>,
  hasToolCalls: boolean,
): { reason: string; native: string } {
  if (isCompleted) return { reason: hasToolCalls ? 'tool_calls' : 'stop', native: 'completed' }
  const native = asText(asObject(response['incomplete_details'])?.['reason']) ?? 'incomplete'
  return { reason: native === 'content_filter' ? 'content_filter' : 'length', native }
}
