import { createHash } from 'node:crypto'
import type { Media } from '../domain/media.ts'
import type { DialectAbilities } from './dialect.ts'
import { asObject, lookUp } from './json-fields.ts'

/*
 * Images and files that messages only name by an address, for formats that want them in the request itself.
 */

/** What is to be in the request itself; everything else may stay where it is. */
export type WantedMedia = 'images' | 'files' | 'images and files' | null

type Fields = Record<string, unknown>
type Place = { holder: Fields; field: string } | undefined

/** Where each kind of a message's part has its address. */
const IMAGE_PLACES: Readonly<Record<string, (part: Fields) => Place>> = {
  image_url: (part) => holderOf(part, 'image_url', 'url'),
  video_url: (part) => holderOf(part, 'video_url', 'url'),
}
const FILE_PLACES: Readonly<Record<string, (part: Fields) => Place>> = {
  file: (part) => holderOf(part, 'file', 'file_data'),
}
const PLACES = {
  images: IMAGE_PLACES,
  files: FILE_PLACES,
  'images and files': { ...IMAGE_PLACES, ...FILE_PLACES },
} as const

/** What a format can't be given by its address. */
export function wantedMedia({ files, images }: Pick<DialectAbilities, 'files' | 'images'>): WantedMedia {
  if (images === 'base64') return files === 'base64' ? 'images and files' : 'images'
  return files === 'base64' ? 'files' : null
}

/** The addresses of these in the messages of a request, as chat completions have them, each once. */
export function linkedMedia(passedOn: string | Buffer, wanted: NonNullable<WantedMedia>): string[] {
  return [...new Set(linksIn(parse(passedOn), wanted).map(({ url }) => url))]
}

/** The sum of what is at the addresses, each as often as it is named. */
export function sumLinked(
  passedOn: string | Buffer,
  wanted: NonNullable<WantedMedia>,
  tokensOf: ReadonlyMap<string, number>,
): number {
  return linksIn(parse(passedOn), wanted).reduce((sum, { url }) => sum + (tokensOf.get(url) ?? 0), 0)
}

/**
 * The same request with these in the place of their addresses, in pieces to be joined: bytes, and base64 as the text that it is.
 * Large media are never part of what is written as JSON, because that would take long.
 */
export function withMedia(
  passedOn: string | Buffer,
  wanted: NonNullable<WantedMedia>,
  media: ReadonlyMap<string, Media>,
): (Buffer | string)[] {
  const request = parse(passedOn)
  // No text has its own hash in it.
  const mark = createHash('sha256').update(passedOn).digest('hex')
  const embedded: Media[] = []
  for (const { holder, field, url } of linksIn(request, wanted)) {
    const found = media.get(url)
    if (found === undefined) continue
    holder[field] = mark
    embedded.push(found)
  }
  const texts = JSON.stringify(request).split(mark)
  return texts.flatMap((text, at) => {
    const found = embedded[at]
    if (found === undefined) return [Buffer.from(text)]
    return [Buffer.from(`${text}data:${found.contentType};base64,`), found.base64]
  })
}

function linksIn({ messages }: Fields, wanted: NonNullable<WantedMedia>): (NonNullable<Place> & { url: string })[] {
  const parts = (Array.isArray(messages) ? messages : []).flatMap((message) => asObject(message)?.['content'] ?? [])
  return parts.flatMap((entry) => {
    const part = asObject(entry)
    const place = part && lookUp(PLACES[wanted], part['type'])?.(part)
    const url = place?.holder[place.field]
    return place !== undefined && typeof url === 'string' && /^https?:/i.test(url) ? [{ ...place, url }] : []
  })
}

/** An image may also stand as an address alone. */
function holderOf(part: Fields, name: string, field: string): Place {
  if (typeof part[name] === 'string') return { holder: part, field: name }
  const holder = asObject(part[name])
  return holder && { holder, field }
}

function parse(passedOn: string | Buffer): Fields {
  return asObject(JSON.parse(passedOn.toString())) ?? {}
}
