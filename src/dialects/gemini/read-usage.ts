import type { TokenUsage } from '../../domain/pricing.ts'
import { asCount, asObject } from '../json-fields.ts'
import { toldTier } from '../service-tier.ts'

/**
 * `usageMetadata` in our terms, or undefined unless the input is a whole number from 0 to a billion and the output is known.
 * What tools of the provider read counts as input, and thoughts as output; of both the provider tells apart from the rest.
 */
export function readGeminiUsage(value: unknown): TokenUsage | undefined {
  const usage = asObject(value)
  const prompt = asCount(usage?.['promptTokenCount'])
  if (usage === undefined || prompt === undefined) return undefined
  const promptTokens = asCount(prompt + (asCount(usage['toolUsePromptTokenCount']) ?? 0))
  if (promptTokens === undefined) return undefined
  const reasoningTokens = asCount(usage['thoughtsTokenCount']) ?? 0
  const total = asCount(usage['totalTokenCount'])
  const told = asCount(usage['candidatesTokenCount'])
  // Without output it tells no count of it.
  const rest = total === undefined ? undefined : Math.max(0, total - promptTokens - reasoningTokens)
  const candidates = told ?? (usage['candidatesTokenCount'] === undefined ? rest : undefined)
  if (candidates === undefined) return undefined
  const input = usage['promptTokensDetails']
  const output = usage['candidatesTokensDetails']
  const cached = usage['cacheTokensDetails']
  return {
    promptTokens,
    completionTokens: candidates + reasoningTokens,
    cachedTokens: Math.min(promptTokens, asCount(usage['cachedContentTokenCount']) ?? 0),
    cacheWriteTokens: 0,
    reasoningTokens,
    audioTokens: Math.min(promptTokens, countOf(input, 'AUDIO')),
    images: 0,
    ...(Array.isArray(input) && { imageTokens: countOf(input, 'IMAGE') }),
    ...(Array.isArray(cached) && { cachedAudioTokens: countOf(cached, 'AUDIO') }),
    ...(Array.isArray(output) && {
      audioOutputTokens: countOf(output, 'AUDIO'),
      imageOutputTokens: countOf(output, 'IMAGE'),
    }),
    ...toldTier(usage['serviceTier']),
  }
}

function countOf(details: unknown, modality: string): number {
  if (!Array.isArray(details)) return 0
  const found = details.map(asObject).find((detail) => detail?.['modality'] === modality)
  return asCount(found?.['tokenCount']) ?? 0
}
