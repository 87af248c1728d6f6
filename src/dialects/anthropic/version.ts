const VERSION = /claude-(?:[a-z]+-)*(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/i

/** Of Claude, as 100 × major + minor; 0 for a model whose name doesn't tell. A date in the name is no version. */
export function claudeVersion(model: string): number {
  const match = VERSION.exec(model)
  return match === null ? 0 : 100 * Number(match[1]) + Number(match[2] ?? 0)
}

/** From here on a model decides itself how much it thinks, and is told an effort in place of a budget. */
export const ADAPTIVE_SINCE = 406
/** From here on thoughts are shown only where that is asked for, and settings of sampling are refused. */
export const UNSAMPLED_SINCE = 407
/** From here on a model takes one of temperature and top_p, and refuses both. */
const ONE_SAMPLER_SINCE = 401

interface Samplers {
  temperature: number | undefined
  topP: number | undefined
}

/** How an answer is drawn, as a model takes it: where that is one setting alone, the one that isn't as it is anyway. */
export function samplersFor(version: number, { temperature, topP }: Samplers): Partial<Samplers> {
  if (version >= UNSAMPLED_SINCE) return {}
  if (version < ONE_SAMPLER_SINCE || temperature === undefined || topP === undefined) return { temperature, topP }
  return temperature === 1 ? { topP } : { temperature }
}
