import { setImmediate as nextTurn } from 'node:timers/promises'
import { AppError } from '../domain/app-error.ts'
import { kindOfFetched, type Media, readDataUrl, unusable } from '../domain/media.ts'
import type { FetchMedia } from '../gateway/ports.ts'
import type { GuardedAnswer, SendGuarded } from './guarded-http.ts'

/** Each is judged anew: where it leads may be another host. */
const REDIRECTS_MAX = 3
const REDIRECTS = new Set([301, 302, 303, 307, 308])
const HEADERS = { accept: 'image/*, application/pdf, audio/*, video/*, text/*', 'user-agent': 'switchyard' }

/** Reads the images and files that messages name, for providers that want them in the request itself. `send` guards which
 *  addresses are connected to, and bounds time and size. */
export function createFetchMedia(send: SendGuarded): FetchMedia {
  return async (url, signal) => readDataUrl(url) ?? (await fetchOver(send, url, signal))
}

async function fetchOver(send: SendGuarded, url: string, signal: AbortSignal): Promise<Media> {
  let next = url
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects += 1) {
    const { body, headers, status } = await ask(send, next, signal)
    if (status === 200) {
      // That all of it came together was work enough for one turn.
      await nextTurn()
      return { contentType: kindOfFetched(headers['content-type'], body), base64: body.toString('base64') }
    }
    const location = headers['location']
    if (!REDIRECTS.has(status) || location === undefined || !URL.canParse(location, next)) break
    next = new URL(location, next).href
  }
  throw unusable('could not be fetched')
}

/** Why it failed isn't told: who sends addresses shall not learn from it what answers in a network that they can't see. */
async function ask(send: SendGuarded, url: string, signal: AbortSignal): Promise<GuardedAnswer> {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw unusable('is at no http(s) address')
  try {
    return await send({ method: 'GET', url: withoutUser(url), headers: HEADERS, signal })
  } catch (error) {
    throw new AppError('invalid_request', unusable('could not be fetched').message, {}, { cause: error })
  }
}

/** No name and password go anywhere, and no fragment does. */
function withoutUser(text: string): string {
  const url = new URL(text)
  url.username = ''
  url.password = ''
  url.hash = ''
  return url.href
}
