import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../domain/app-error.ts'
import { sendPage } from './html-page.ts'

/** The built dashboard, as it lies on the disk; `isBuilding` while there is none yet or a new one is being made. */
export interface DashboardFiles {
  directory: string
  isBuilding: () => boolean
}

const POLICY =
  "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; img-src 'self' data:"
const HEADERS = {
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}
const ENCODINGS = [
  { name: 'br', ending: '.br' },
  { name: 'gzip', ending: '.gz' },
] as const

/** Names as the build makes them: nothing that leads elsewhere. */
const ASSET_NAME = /^[\w-][\w.-]{0,199}$/
const TOP_FILES = ['favicon.svg', 'theme.js'] as const
/** What is answered by something else, or by nothing: no page of the dashboard has such an address. */
const RESERVED =
  /^\/(?:api|auth-api|mcp|openrouter-admin|docs|setup|scim|oauth|assets|metrics|healthz|readyz|\.well-known)(?:\/|$)|^\/(?:openapi|llms)[.-]/
const REFRESH_SECONDS = 2
const FOREVER = 'public, max-age=31536000, immutable'
const ASK_EACH_TIME = 'no-cache'

/** The files of the dashboard. Those with a hash in their name are kept for good; its one page is asked for each time. */
export function mountDashboard(app: FastifyInstance, files: DashboardFiles): void {
  app.get('/assets/:name', async (request, reply) => {
    const { name } = request.params as { name: string }
    if (!ASSET_NAME.test(name)) throw new AppError('not_found', 'Resource not found')
    return await sendFile(request, reply, { path: join(files.directory, 'assets', name), caching: FOREVER })
  })
  for (const name of TOP_FILES) {
    app.get(`/${name}`, (request, reply) =>
      sendFile(request, reply, { path: join(files.directory, name), caching: ASK_EACH_TIME }),
    )
  }
  app.get('/', (request, reply) => sendDashboard(request, reply, files))
}

/** Whether a browser asks for a page that only the dashboard can know. */
export function isForDashboard({ method, headers, url }: FastifyRequest): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  if (!(headers.accept ?? '').includes('text/html')) return false
  return !RESERVED.test(url.split('?')[0] ?? '')
}

/** The one page of the dashboard, which reads from the address what it shows; while it is being made, word of that. */
export async function sendDashboard(
  request: FastifyRequest,
  reply: FastifyReply,
  { directory, isBuilding }: DashboardFiles,
): Promise<FastifyReply> {
  try {
    return await sendFile(request, reply, { path: join(directory, 'index.html'), caching: ASK_EACH_TIME })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return isBuilding() ? sendWaiting(reply) : sendAbsent(reply)
  }
}

/** The page for an address that is also answered without the dashboard; undefined where that is the better answer. */
export async function offerDashboard(
  request: FastifyRequest,
  reply: FastifyReply,
  files: DashboardFiles | undefined,
): Promise<FastifyReply | undefined> {
  const asksForPage = (request.headers.accept ?? '').includes('text/html')
  if (files === undefined || !asksForPage || !existsSync(join(files.directory, 'index.html'))) return undefined
  return await sendDashboard(request, reply, files)
}

function sendWaiting(reply: FastifyReply): FastifyReply {
  void reply.header('refresh', String(REFRESH_SECONDS))
  return sendPage(
    reply,
    503,
    'Building the dashboard',
    '<h1>Building the dashboard</h1><p>This happens once after an installation or an update and takes a few seconds. The page comes by itself. The API answers already.</p>',
  )
}

function sendAbsent(reply: FastifyReply): FastifyReply {
  return sendPage(
    reply,
    404,
    'No dashboard',
    '<h1>No dashboard</h1><p>This installation was started without its dashboard. Build it with <code>npm run build</code>. The API answers at <code>/api/v1</code>.</p>',
  )
}

/** The file, compressed where that was done beforehand and the caller takes it. Throws `not_found`. */
async function sendFile(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  { path, caching }: { path: string; caching: string },
): Promise<FastifyReply> {
  const accepted = String(headers['accept-encoding'] ?? '')
  for (const { name, ending } of ENCODINGS) {
    const body = acceptsEncoding(accepted, name) ? await readIfThere(path + ending) : undefined
    if (body !== undefined) return send(reply.header('content-encoding', name), { path, body, caching })
  }
  const body = await readIfThere(path)
  if (body === undefined) throw new AppError('not_found', 'Resource not found')
  return send(reply, { path, body, caching })
}

function send(
  reply: FastifyReply,
  { path, body, caching }: { path: string; body: Buffer; caching: string },
): FastifyReply {
  return reply
    .headers(HEADERS)
    .header('cache-control', caching)
    .header('vary', 'accept-encoding')
    .type(TYPES[extname(path)] ?? 'application/octet-stream')
    .send(body)
}

function acceptsEncoding(accepted: string, name: string): boolean {
  return accepted.split(',').some((part) => {
    const [encoding = '', ...settings] = part.split(';').map((text) => text.trim())
    return encoding.toLowerCase() === name && !settings.some((setting) => /^q=0(?:\.0*)?$/i.test(setting))
  })
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return undefined
    throw error
  }
}
