import { type ReasoningWish, reasoningBudget } from '../reasoning-wish.ts'
import { ADAPTIVE_SINCE, UNSAMPLED_SINCE } from './version.ts'

const BUDGET_MIN = 1_024

export interface Thinking {
  thinking?: Record<string, unknown>
  /** For `output_config`. */
  effort?: string
}

/** How a model is told to think; empty where it isn't wanted, and where the output has no room for it. */
export function encodeThinking(wish: ReasoningWish | null, model: { version: number; outputMax: number }): Thinking {
  if (wish === null || !wish.isOn) return {}
  return model.version >= ADAPTIVE_SINCE ? adaptive(wish, model) : withBudget(wish, model.outputMax)
}

function withBudget(wish: ReasoningWish, outputMax: number): Thinking {
  if (outputMax <= BUDGET_MIN) return {}
  const budget = Math.min(Math.max(reasoningBudget(wish, outputMax), BUDGET_MIN), outputMax - 1)
  return { thinking: { type: 'enabled', budget_tokens: budget } }
}

function adaptive(wish: ReasoningWish, { version, outputMax }: { version: number; outputMax: number }): Thinking {
  const isShownOnRequest = version >= UNSAMPLED_SINCE
  const effort = wish.effort ?? (wish.maxTokens === null ? null : effortOfShare(wish.maxTokens / outputMax))
  return {
    thinking: {
      type: 'adaptive',
      ...(isShownOnRequest && { display: wish.isShown ? 'summarized' : 'omitted' }),
    },
    ...(effort !== null && { effort: knownEffort(effort, version) }),
  }
}

/** The effort that a budget of thoughts comes to. */
export function effortOfShare(share: number): string {
  if (share >= 0.8) return 'high'
  return share >= 0.5 ? 'medium' : 'low'
}

function knownEffort(effort: string, version: number): string {
  if (effort === 'minimal') return 'low'
  return effort === 'xhigh' && version < UNSAMPLED_SINCE ? 'high' : effort
}
