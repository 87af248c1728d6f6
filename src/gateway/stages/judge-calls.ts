import { areToolCallsValid, toolsOf } from '../../domain/tool-calls.ts'
import type { Inference } from '../inference.ts'

/** Whether the tool calls that an answer ends in are all valid; null where it doesn't end in any, or they aren't known. */
export function judgeCalls(
  { request }: Inference,
  { finishReason, calls }: { finishReason: string | null; calls: unknown },
): boolean | null {
  if (finishReason !== 'tool_calls' || !Array.isArray(calls)) return null
  return areToolCallsValid(calls, toolsOf(request.payload.passedOn))
}
