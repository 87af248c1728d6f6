/*
 * Whether a request may be answered from the response cache, and for how long its answer is kept.
 * Source: OpenRouter docs, response caching.
 */

const TTL_SECONDS_DEFAULT = 300
const TTL_SECONDS_MIN = 1
const TTL_SECONDS_MAX = 86_400

export interface CacheWish {
  ttlSeconds: number
  /** The answer is to be made anew, and kept in place of the one there is. */
  isRefresh: boolean
}

/** What a preset says. */
export interface PresetCaching {
  enabled: boolean | null
  ttlSeconds: number | null
}

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** Null where nothing is to be cached. A preset that says no is final; a header says more than a preset that says yes. */
export function readCacheWish(headers: Headers, preset: PresetCaching | null): CacheWish | null {
  if (preset?.enabled === false) return null
  const header = readSwitch(headers['x-openrouter-cache'])
  if (!(header ?? preset?.enabled ?? false)) return null
  const ttl = readTtl(headers['x-openrouter-cache-ttl']) ?? preset?.ttlSeconds ?? TTL_SECONDS_DEFAULT
  return {
    ttlSeconds: Math.min(Math.max(ttl, TTL_SECONDS_MIN), TTL_SECONDS_MAX),
    isRefresh: readSwitch(headers['x-openrouter-cache-clear']) === true,
  }
}

/** Undefined for anything but the two words. */
function readSwitch(value: Headers[string]): boolean | undefined {
  const word = typeof value === 'string' ? value.trim().toLowerCase() : ''
  return word === 'true' ? true : word === 'false' ? false : undefined
}

/** The whole number that a text begins with. */
function readTtl(value: Headers[string]): number | undefined {
  const seconds = typeof value === 'string' ? Number.parseInt(value, 10) : Number.NaN
  return Number.isNaN(seconds) ? undefined : seconds
}
