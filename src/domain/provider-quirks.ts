import type { QuirksName } from '../contract/common/provider-schema.ts'

/** Hosts whose peculiarities are known, also with a name before them. */
const HOSTS: readonly [host: string, name: QuirksName][] = [
  ['api.openai.com', 'openai'],
  ['openai.azure.com', 'azure'],
  ['services.ai.azure.com', 'azure'],
  ['cognitiveservices.azure.com', 'azure'],
  ['api.groq.com', 'groq'],
  ['api.mistral.ai', 'mistral'],
  ['api.deepseek.com', 'deepseek'],
  ['api.x.ai', 'xai'],
  ['api.together.xyz', 'together'],
  ['api.together.ai', 'together'],
  ['api.cerebras.ai', 'cerebras'],
  ['api.perplexity.ai', 'perplexity'],
  ['api.fireworks.ai', 'fireworks'],
  ['api.deepinfra.com', 'deepinfra'],
  ['openrouter.ai', 'openrouter'],
]

/** What is known of the provider at an address, where nobody says it; undefined for one that is unknown. */
export function quirksOfAddress(baseUrl: string): QuirksName | undefined {
  if (!URL.canParse(baseUrl)) return undefined
  const { hostname } = new URL(baseUrl)
  return HOSTS.find(([host]) => hostname === host || hostname.endsWith(`.${host}`))?.[1]
}
