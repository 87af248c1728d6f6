import { createHash } from 'node:crypto'

/*
 * Which application asked: the origin of its referer together with its title, of which either may be missing. What stands for
 * both is the origin, and the title on a line of its own where there is one; a header can't contain a line's end. The SQL
 * functions `app_of` and `app_number` say the same.
 */

const SEPARATOR = '\n'

/** '' when neither is known. */
export function appOf(origin: string, title: string | null): string {
  return title === null || title === '' ? origin : `${origin}${SEPARATOR}${title}`
}

/** What people call it: its title, or else its origin. */
export function appName(app: string): string {
  const [origin = '', title] = app.split(SEPARATOR)
  return title ?? origin
}

/** 31 bits, the same everywhere and forever. Null when the app isn't known. */
export function appNumber(app: string): number | null {
  if (app === '') return null
  return createHash('sha256').update(app).digest().readUInt32BE(0) & 0x7fff_ffff
}
