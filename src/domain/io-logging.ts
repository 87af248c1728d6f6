/** What a workspace wants kept of what is asked and answered in it. */
export interface IoLogging {
  /** Keys whose requests are kept; null for all. */
  keyIds: ReadonlySet<bigint> | null
  /** Share of them that is kept, above 0 and at most 1. */
  samplingRate: number
  /** Whether what is kept is what content filters have left of it. */
  isRedacted: boolean
}

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const SAMPLED_CHARACTERS = 6
const SAMPLES = DIGITS.length ** SAMPLED_CHARACTERS

/** Whether the content of a generation is kept. Whoever asks for zero data retention is never kept. */
export function isContentKept(
  logging: IoLogging,
  request: { generationId: string; keyId: bigint; isZdr: boolean },
): boolean {
  if (request.isZdr) return false
  if (logging.keyIds?.has(request.keyId) === false) return false
  return logging.samplingRate >= 1 || sampleOf(request.generationId) < logging.samplingRate
}

/** A number from 0 up to 1, by the random end of the id: the same one for the same generation, wherever it is asked for. */
function sampleOf(generationId: string): number {
  let sample = 0
  for (const character of generationId.slice(-SAMPLED_CHARACTERS)) {
    sample = sample * DIGITS.length + DIGITS.indexOf(character)
  }
  return sample / SAMPLES
}
