import { setImmediate as nextTurn } from 'node:timers/promises'
import { linkedMedia, type WantedMedia, withMedia } from '../../dialects/linked-media.ts'
import { type Media, unusable } from '../../domain/media.ts'
import type { FetchMedia } from '../ports.ts'

/** Of one request. */
const MEDIA_MAX = 20
/** Fetched at a time. */
const AT_ONCE_MAX = 4
const BASE64_LENGTH_MAX = 50 * 1_048_576
/** Copied in one turn. */
const TURN_BYTES = 4 * 1_048_576

/**
 * A request with the images and files that it names in the place of their addresses; the same one where it names none. Rejects with
 * `invalid_request` where one can't be had, and where they are too many or too large together.
 */
export async function embedMedia(
  passedOn: string | Buffer,
  wanted: NonNullable<WantedMedia>,
  fetchMedia: FetchMedia,
): Promise<string | Buffer> {
  const urls = linkedMedia(passedOn, wanted)
  if (urls.length === 0) return passedOn
  if (urls.length > MEDIA_MAX)
    throw unusable(`is one of more than ${MEDIA_MAX} that this provider would have to be sent`)
  // One that fails ends the others.
  const controller = new AbortController()
  try {
    const media = await fetchAll(urls, fetchMedia, controller.signal)
    return await joinInTurns(withMedia(passedOn, wanted, media))
  } finally {
    controller.abort()
  }
}

/** A little in each turn, so that nobody else waits for all of it. Text of the pieces is ASCII. */
async function joinInTurns(pieces: readonly (Buffer | string)[]): Promise<Buffer> {
  const joined = Buffer.allocUnsafeSlow(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    for (let from = 0; from < piece.length; from += TURN_BYTES) {
      const to = from + TURN_BYTES
      at +=
        typeof piece === 'string' ? joined.write(piece.slice(from, to), at, 'latin1') : piece.copy(joined, at, from, to)
      if (at > TURN_BYTES) await nextTurn()
    }
  }
  return joined
}

/** A few at a time, so that what is too large together is known before all of it is in memory. */
async function fetchAll(
  urls: readonly string[],
  fetchMedia: FetchMedia,
  signal: AbortSignal,
): Promise<Map<string, Media>> {
  const media = new Map<string, Media>()
  const left = urls.values()
  let length = 0
  const fetchSome = async (): Promise<void> => {
    for (const url of left) {
      const one = await fetchMedia(url, signal)
      length += one.base64.length
      if (length > BASE64_LENGTH_MAX) throw unusable('is too large together with the others')
      media.set(url, one)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE_MAX }, fetchSome))
  return media
}
