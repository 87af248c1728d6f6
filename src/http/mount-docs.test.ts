import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AppError } from '../domain/app-error.ts'
import { isForDocs, mountDocs, sendMissingDoc } from './mount-docs.ts'

const root = mkdtempSync(join(tmpdir(), 'sw-docs-'))
const directory = join(root, 'built')
const FILES = {
  'docs.html': '<title>Start</title>',
  'docs.md': '# Start',
  'docs/keys.html': '<title>Keys</title>',
  'docs/keys.md': '# Keys',
  'docs/keys/llms.txt': 'headings of keys',
  'docs/_/site-0123456789ab.js': 'script',
  'docs/_/missing.html': '<title>No such page</title>',
  'llms.txt': 'all pages',
  'llms-full.txt': 'everything',
}
let app: FastifyInstance
let isBuilding = false

beforeAll(async () => {
  writeFileSync(join(root, 'secret.md'), 'secret')
  for (const [path, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), content)
  }
  app = await appWith(directory)
})

afterAll(async () => {
  await app.close()
  rmSync(root, { recursive: true })
})

async function appWith(files: string): Promise<FastifyInstance> {
  const made = Fastify({ routerOptions: { ignoreTrailingSlash: true } })
  const docs = { directory: files, isBuilding: () => isBuilding }
  made.setErrorHandler((error, _request, reply) => reply.code(error instanceof AppError ? error.status : 500).send())
  made.setNotFoundHandler((request, reply) =>
    isForDocs(request) ? sendMissingDoc(request, reply, docs) : reply.code(404).send(),
  )
  mountDocs(made, docs)
  await made.ready()
  return made
}

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

test.each([
  ['/docs', browser, 'Start', 'text/html'],
  ['/docs/', browser, 'Start', 'text/html'],
  ['/docs/keys', browser, 'Keys', 'text/html'],
  ['/docs/keys', {}, '<title>', 'text/html'],
  ['/docs/keys', { accept: '*/*' }, '<title>', 'text/html'],
  ['/docs/keys?x=1', { accept: 'text/markdown' }, '# Keys', 'text/markdown'],
  ['/docs/keys', { accept: 'text/markdown, text/html;q=0.9' }, '# Keys', 'text/markdown'],
  ['/docs/keys', { accept: 'text/html, text/markdown;q=0.9' }, '<title>', 'text/html'],
  ['/docs/keys.md', browser, '# Keys', 'text/markdown'],
  ['/docs.md', {}, '# Start', 'text/markdown'],
  ['/docs/keys/llms.txt', browser, 'headings', 'text/plain'],
  ['/llms.txt', {}, 'all pages', 'text/plain'],
  ['/llms-full.txt', {}, 'everything', 'text/plain'],
])('%s for %o is "%s" as %s, under a policy without inline script', async (url, headers, body, type) => {
  const answer = await app.inject({ url, headers })
  expect([answer.statusCode, answer.body, answer.headers['content-type']]).toEqual([
    200,
    expect.stringContaining(body),
    `${type}; charset=utf-8`,
  ])
  expect(answer.headers['content-security-policy']).toMatch(/^default-src 'self';/)
  expect([answer.headers['cache-control'], answer.headers['x-content-type-options']]).toEqual(['no-cache', 'nosniff'])
})

test('what differs by the type that is asked for says so to caches', async () => {
  expect((await app.inject('/docs/keys')).headers['vary']).toBe('accept, accept-encoding')
})

test('a file with a hash in its name is kept for good', async () => {
  const { headers } = await app.inject('/docs/_/site-0123456789ab.js')
  expect(headers['cache-control']).toBe('public, max-age=31536000, immutable')
})

test.each([
  '/docs/nothing',
  '/docs/../../secret',
  '/docs/%2e%2e/%2e%2e/secret',
  '/docs/..%2f..%2fsecret.md',
  '/docs/.x',
])('%s is not found: a page for browsers, an error for others', async (url) => {
  const page = await app.inject({ url, headers: browser })
  expect([page.statusCode, page.body.includes('secret')]).toEqual([404, false])
  const other = await app.inject({ url, headers: { accept: 'application/json' } })
  expect([other.statusCode, other.body.includes('<title>')]).toEqual([404, false])
})

test('while it is being built a page says so, and without a build how to make one', async () => {
  const empty = await appWith(join(root, 'nothing'))
  expect((await empty.inject({ url: '/docs', headers: browser })).statusCode).toBe(404)
  isBuilding = true
  const { statusCode, headers } = await empty.inject({ url: '/docs', headers: browser })
  expect([statusCode, headers['refresh']]).toEqual([503, '2'])
  await empty.close()
})
