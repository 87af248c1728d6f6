import type { ChatPayload } from './chat-request.ts'
import { asCount } from './json-fields.ts'

/** How much of the output each effort may think, in percent. */
const SHARES = { max: 95, xhigh: 95, high: 80, medium: 50, low: 20, minimal: 10 } as const
export type Effort = keyof typeof SHARES

/** What a request wants of reasoning, in whichever words it said it. */
export interface ReasoningWish {
  isOn: boolean
  /** Absent where `maxTokens` says it, or it is off. */
  effort: Effort | null
  maxTokens: number | null
  /** Whether the caller wants to see it. */
  isShown: boolean
}

/** Null where the request says nothing of it. */
export function readReasoningWish({
  reasoning,
  reasoningEffort,
}: Pick<ChatPayload, 'reasoning' | 'reasoningEffort'>): ReasoningWish | null {
  const maxTokens = asCount(reasoning?.['max_tokens']) ?? null
  const isShown = reasoning?.['exclude'] !== true
  const isOff = reasoningEffort === 'none' || reasoning?.['enabled'] === false || maxTokens === 0
  if (isOff) return { isOn: false, effort: null, maxTokens: null, isShown }
  if (maxTokens !== null) return { isOn: true, effort: null, maxTokens, isShown }
  if (isEffort(reasoningEffort)) return { isOn: true, effort: reasoningEffort, maxTokens: null, isShown }
  return reasoning?.['enabled'] === true ? { isOn: true, effort: 'medium', maxTokens: null, isShown } : null
}

/** Tokens to think of `outputMax`, for formats that want a number. */
export function reasoningBudget({ effort, maxTokens }: ReasoningWish, outputMax: number): number {
  return maxTokens ?? Math.floor((outputMax * SHARES[effort ?? 'medium']) / 100)
}

function isEffort(value: unknown): value is Effort {
  return typeof value === 'string' && Object.hasOwn(SHARES, value)
}
