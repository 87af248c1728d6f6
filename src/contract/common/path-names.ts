import { z } from 'zod'
import { SLUG_PATTERN, UUID_PATTERN } from './scalars.ts'

/*
 * What names a thing in a path. A name of a form that nothing can have becomes one that nothing has: the answer is then the
 * 404 of an unknown name, word for word, and doesn't tell how names look. Words of a closed list, such as an interval, are
 * no names: another word is a 400.
 */

/** Longer names than any; the router knows no path with a longer one. */
export const PATH_NAME_CHARS_MAX = 500
const NO_UUID = '00000000-0000-0000-0000-000000000000'
/** No slug, hash, id or model is called so. */
const NO_NAME = ' '

export const UuidRef = nameOf(UUID_PATTERN, NO_UUID)
export const SlugRef = nameOf(new RegExp(`^(?=.{1,50}$)${SLUG_PATTERN.source.slice(1)}`), NO_NAME)
/** A workspace by its UUID or slug. */
export const WorkspaceRef = nameOf(/^[\w-]{1,64}$/, NO_NAME)
export const KeyRef = nameOf(/^[0-9a-f]{64}$/, NO_NAME)
/** A user, a provider, half of a model's id: any text that the database can hold. */
export const NameRef = nameOf(/^[^\0\p{Cs}]{1,200}$/u, NO_NAME)
/** The number of a version, from 1. */
export const VersionRef = nameOf(/^[1-9]\d{0,8}$/, '0')

function nameOf(form: RegExp, nothing: string) {
  return z
    .string()
    .min(1)
    .max(PATH_NAME_CHARS_MAX)
    .transform((text) => (form.test(text) ? text : nothing))
}
