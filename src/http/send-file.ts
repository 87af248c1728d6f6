import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../domain/app-error.ts'

/** For files with a hash of their content in their name. */
export const FOREVER = 'public, max-age=31536000, immutable'
export const ASK_EACH_TIME = 'no-cache'

export interface SentFile {
  path: string
  caching: string
  vary?: string
  status?: number
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
  '.md': 'text/markdown; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
  '.xml': 'application/rss+xml; charset=utf-8',
}
const ENCODINGS = [
  { name: 'br', ending: '.br' },
  { name: 'gzip', ending: '.gz' },
] as const

/** The file, compressed where that was done beforehand and the caller takes it. Throws `not_found`. */
export async function sendFile(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  { path, caching, vary = 'accept-encoding', status = 200 }: SentFile,
): Promise<FastifyReply> {
  const accepted = String(headers['accept-encoding'] ?? '')
  for (const { name, ending } of ENCODINGS) {
    const body = acceptsEncoding(accepted, name) ? await readIfThere(path + ending) : undefined
    if (body !== undefined) return send(reply.header('content-encoding', name), { path, body, caching, vary, status })
  }
  const body = await readIfThere(path)
  if (body === undefined) throw new AppError('not_found', 'Resource not found')
  return send(reply, { path, body, caching, vary, status })
}

function send(
  reply: FastifyReply,
  { path, body, caching, vary, status }: Required<SentFile> & { body: Buffer },
): FastifyReply {
  return reply
    .code(status)
    .headers(HEADERS)
    .header('cache-control', caching)
    .header('vary', vary)
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
