import type { Media } from '../domain/media.ts'
import { countPages } from '../domain/pdf-pages.ts'

/** What one picture, sound or file is counted for, linked or not. But for documents no known provider counts one for more. */
export const MEDIUM_TOKENS = 20_000
/** Providers look at each page as at a picture, beside its text. */
const PAGE_TOKENS = 5_000
/** How the base64 of a PDF begins. */
const PDF_START = 'JVBERi0'
const HEAD = /^data:([^;,]*)[^,]{0,200},/i

/** What a file in the request itself, as a `data:` URL or as base64, may count for beyond its bytes and what every medium does. */
export function tokensOfFile(file: string): number {
  const [head = '', kind = ''] = HEAD.exec(file) ?? []
  if (kind.toLowerCase() !== 'application/pdf' && !file.startsWith(PDF_START, head.length)) return 0
  return Math.max(0, pagesOf(file.slice(head.length)) * PAGE_TOKENS - MEDIUM_TOKENS)
}

/** What something that was fetched may count for beyond what every medium does. `pages`: of a PDF, where they were counted before. */
export function tokensOfFetched({ base64, contentType }: Media, pages?: number): number {
  if (contentType.startsWith('image/')) return 0
  const paged = contentType === 'application/pdf' ? (pages ?? pagesOf(base64)) : 0
  return Math.max(0, base64.length + paged * PAGE_TOKENS - MEDIUM_TOKENS)
}

function pagesOf(base64: string): number {
  return countPages(Buffer.from(base64, 'base64').toString('latin1'))
}
