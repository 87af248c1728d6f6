import { tokensOfFetched } from '../../dialects/media-tokens.ts'
import type { Media } from '../../domain/media.ts'
import type { LargeBodyParser } from './large-body-parser.ts'
import { LARGE_BODY_BYTES } from './read-body.ts'

/** As `tokensOfFetched`; the pages of a long document are counted where they keep nobody else waiting. */
export async function weighFetched(media: Media, largeBodies: Pick<LargeBodyParser, 'countPages'>): Promise<number> {
  const { base64, contentType } = media
  if (contentType !== 'application/pdf' || base64.length <= LARGE_BODY_BYTES) return tokensOfFetched(media)
  return tokensOfFetched(media, await largeBodies.countPages(Buffer.from(base64, 'base64')))
}
