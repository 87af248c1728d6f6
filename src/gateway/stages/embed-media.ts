import { linkedMedia, type WantedMedia, withMedia } from '../../dialects/linked-media.ts'
import { unusable } from '../../domain/media.ts'
import type { FetchMedia } from '../ports.ts'

/** Of one request. */
const MEDIA_MAX = 20
const BASE64_LENGTH_MAX = 50 * 1_048_576

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
    const media = await Promise.all(urls.map(async (url) => [url, await fetchMedia(url, controller.signal)] as const))
    const length = media.reduce((sum, [, { base64 }]) => sum + base64.length, 0)
    if (length > BASE64_LENGTH_MAX) throw unusable('is too large together with the others')
    return withMedia(passedOn, wanted, new Map(media))
  } finally {
    controller.abort()
  }
}
