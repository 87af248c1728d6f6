import { join } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../domain/app-error.ts'
import { sendPage } from './html-page.ts'
import { ASK_EACH_TIME, FOREVER, sendFile } from './send-file.ts'

/** The built documentation, as it lies on the disk; `isBuilding` while a new one is being made. */
export interface DocsFiles {
  directory: string
  isBuilding: () => boolean
}

/** Names as the build makes them, which lead nowhere else: no part begins with a dot. */
const DOCS_PATH = /^\/docs(?:\/[\w-][\w.-]{0,199}){0,8}(?:[.]md)?$/
const HASHED = /^\/docs\/_\/[\w-]+-[0-9a-f]{12}[.]\w+$/
const AS_IT_IS = /[.](?:css|js|json|md|svg|txt|xml)$/
const BY_ACCEPT = 'accept, accept-encoding'
const REFRESH_SECONDS = 2

/** Documentation at `/docs`: each page as HTML and, with `.md` appended or where Markdown is asked for, as Markdown. */
export function mountDocs(app: FastifyInstance, files: DocsFiles): void {
  const send = (request: FastifyRequest, reply: FastifyReply) => sendDoc(request, reply, files)
  for (const path of ['/docs', '/docs.md', '/docs/*', '/llms.txt', '/llms-full.txt']) app.get(path, send)
}

/** Whether a browser asks for a page of the documentation. */
export function isForDocs({ method, headers, url }: FastifyRequest): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  return (headers.accept ?? '').includes('text/html') && /^\/docs(?:[/?]|$)/.test(url)
}

/** What a browser gets at an address of the documentation where nothing is. */
export async function sendMissingDoc(
  request: FastifyRequest,
  reply: FastifyReply,
  { directory, isBuilding }: DocsFiles,
): Promise<FastifyReply> {
  try {
    const path = join(directory, 'docs/_/missing.html')
    return await sendFile(request, reply, { path, caching: ASK_EACH_TIME, status: 404 })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return isBuilding() ? sendWaiting(reply) : sendAbsent(reply)
  }
}

async function sendDoc(request: FastifyRequest, reply: FastifyReply, files: DocsFiles): Promise<FastifyReply> {
  const address = (request.url.split('?')[0] ?? '').replace(/(?<=.)\/$/, '')
  try {
    return await sendAt(address, request, reply, files.directory)
  } catch (error) {
    if (error instanceof AppError && isForDocs(request)) return await sendMissingDoc(request, reply, files)
    throw error
  }
}

async function sendAt(
  address: string,
  request: FastifyRequest,
  reply: FastifyReply,
  directory: string,
): Promise<FastifyReply> {
  if (address.startsWith('/docs') && !DOCS_PATH.test(address)) throw new AppError('not_found', 'Resource not found')
  const path = join(directory, address)
  if (AS_IT_IS.test(address)) {
    return await sendFile(request, reply, { path, caching: HASHED.test(address) ? FOREVER : ASK_EACH_TIME })
  }
  const ending = prefersMarkdown(String(request.headers.accept ?? '')) ? '.md' : '.html'
  return await sendFile(request, reply, { path: path + ending, caching: ASK_EACH_TIME, vary: BY_ACCEPT })
}

/** Markdown goes to whoever names it and doesn't name HTML before it or weigh it more. */
function prefersMarkdown(accept: string): boolean {
  const weightOf = (type: string) => {
    const part = accept.split(',').find((one) => one.trim().split(';')[0]?.trim().toLowerCase() === type)
    return part === undefined ? 0 : Number(/;\s*q=([\d.]+)/i.exec(part)?.[1] ?? 1)
  }
  const markdown = weightOf('text/markdown')
  const html = weightOf('text/html')
  if (markdown === 0) return false
  return markdown === html ? accept.indexOf('text/markdown') < accept.indexOf('text/html') : markdown > html
}

function sendWaiting(reply: FastifyReply): FastifyReply {
  void reply.header('refresh', String(REFRESH_SECONDS))
  return sendPage(
    reply,
    503,
    'Building the documentation',
    '<h1>Building the documentation</h1><p>This happens once after an installation or an update. The page comes by itself.</p>',
  )
}

function sendAbsent(reply: FastifyReply): FastifyReply {
  return sendPage(
    reply,
    404,
    'No documentation',
    '<h1>No documentation</h1><p>This installation was started without its documentation. Build it with <code>npm run build</code>.</p>',
  )
}
