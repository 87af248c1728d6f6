import { z } from 'zod'

/*
 * What a caller says of a request to those who look at traces. It goes to destinations of the workspace, never to a provider.
 */

const NAME_LENGTH_MAX = 256
const MORE_KEYS_MAX = 32
const KEY_LENGTH_MAX = 128
const CHARACTERS_MAX = 8_192

const Name = z.string().max(NAME_LENGTH_MAX).nullish()
const NAMED = {
  /** Requests that have it in common are one trace. */
  trace_id: Name,
  trace_name: Name,
  span_name: Name,
  generation_name: Name,
  parent_span_id: Name,
}

const isMore = (key: string) => !Object.hasOwn(NAMED, key)

/** Other keys are the caller's own. */
export const RequestTrace = z
  .looseObject(NAMED)
  .refine((trace) => Object.keys(trace).filter(isMore).length <= MORE_KEYS_MAX, `at most ${MORE_KEYS_MAX} further keys`)
  .refine(
    (trace) => Object.keys(trace).every((key) => key.length <= KEY_LENGTH_MAX),
    `keys of at most ${KEY_LENGTH_MAX} characters`,
  )
  .refine(
    (trace) => JSON.stringify(trace).length <= CHARACTERS_MAX,
    `must be at most ${CHARACTERS_MAX} characters of JSON`,
  )
export type RequestTrace = z.infer<typeof RequestTrace>

/** The keys of it that are the caller's own. */
export function ownKeysOf(trace: RequestTrace): [string, unknown][] {
  return Object.entries(trace).filter(([key]) => isMore(key))
}
