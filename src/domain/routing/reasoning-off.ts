import { AppError } from '../app-error.ts'
import type { MeantModel } from './model-names.ts'

/** From the least on. */
const EFFORTS = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max']

/**
 * What a model that can't do without reasoning is to be told in place of none: the least effort that it knows. Null where none is
 * fine. Throws `invalid_request` for a model that was named itself: who asks for a family's newest can't know what that takes.
 * Source: OpenRouter docs, model aliases.
 */
export function effortInsteadOfNone({ model, strategy }: Pick<MeantModel, 'model' | 'strategy'>): string | null {
  const reasoning = model.facts?.reasoning
  if (reasoning?.mandatory !== true) return null
  if (strategy === 'direct')
    throw new AppError('invalid_request', `reasoning: cannot be turned off for ${model.id}`, { model: model.id })
  const known: readonly string[] = reasoning.supported_efforts ?? []
  return EFFORTS.find((effort) => known.includes(effort)) ?? 'low'
}
