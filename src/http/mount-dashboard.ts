import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../domain/app-error.ts'
import { sendPage } from './html-page.ts'
import { ASK_EACH_TIME, FOREVER, sendFile } from './send-file.ts'

/** The built dashboard, as it lies on the disk; `isBuilding` while there is none yet or a new one is being made. */
export interface DashboardFiles {
  directory: string
  isBuilding: () => boolean
}

/** Names as the build makes them: nothing that leads elsewhere. */
const ASSET_NAME = /^[\w-][\w.-]{0,199}$/
/** The last names whose software is in the pages, and under which licences. */
const TOP_FILES = ['favicon.svg', 'theme.js', 'third-party.txt'] as const
/** What is answered by something else, or by nothing: no page of the dashboard has such an address. */
const RESERVED =
  /^\/(?:api|auth-api|mcp|openrouter-admin|docs|setup|scim|oauth|assets|metrics|healthz|readyz|\.well-known)(?:\/|$)|^\/(?:openapi|llms)[.-]/
const REFRESH_SECONDS = 2

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
