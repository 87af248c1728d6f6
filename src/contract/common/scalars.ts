import { z } from 'zod'

export const SLUG_PATTERN = /^[a-z0-9]+(?:-[a-z0-9]+)*$/

export const Slug = z
  .string()
  .min(1)
  .max(50)
  .regex(SLUG_PATTERN, 'must be lowercase letters, digits and single hyphens between them')
export const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
export const Uuid = z.string().regex(UUID_PATTERN, 'must be a UUID')
export const KeyHash = z.string().min(1).max(64)
export const UserId = z.string().min(1).max(100)
/** Dollars, at most a billion. */
export const Usd = z.number().min(0).max(1_000_000_000)
/** ISO 8601 in UTC. */
export const Timestamp = z.string()
export const LimitReset = z.enum(['daily', 'weekly', 'monthly'])

/** An instant in the future tense of callers: ISO 8601 with seconds, in UTC and no other zone. */
export const UtcInstant = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|\+00:00|-00:00)$/, {
    error: 'must be an ISO 8601 instant in UTC, with seconds',
    abort: true,
  })
  .refine(isRealInstant, 'must be a real date and time')

/** A boolean, or the word for it where only text can be sent. */
export const Flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])

export const Warnings = z.array(z.string()).optional()

/** The parser lets 30 February pass as 2 March. */
function isRealInstant(text: string): boolean {
  const time = Date.parse(text)
  return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 19) === text.slice(0, 19)
}
