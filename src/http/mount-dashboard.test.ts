import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, gzipSync } from 'node:zlib'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AppError } from '../domain/app-error.ts'
import { isForDashboard, mountDashboard, sendDashboard } from './mount-dashboard.ts'

const root = mkdtempSync(join(tmpdir(), 'sw-dashboard-'))
const directory = join(root, 'built')
let app: FastifyInstance

beforeAll(async () => {
  mkdirSync(join(directory, 'assets'), { recursive: true })
  writeFileSync(join(root, 'secret.js'), 'secret')
  writeFileSync(join(directory, 'index.html'), '<!doctype html><title>Switchyard</title>')
  writeFileSync(join(directory, 'theme.js'), 'theme')
  writeFileSync(join(directory, 'third-party.txt'), 'licences')
  writeFileSync(join(directory, 'assets/index-abc.js'), 'script')
  writeFileSync(join(directory, 'assets/index-abc.js.gz'), gzipSync('script'))
  const files = { directory, isBuilding: () => false }
  app = Fastify()
  app.setErrorHandler((error, _request, reply) => reply.code(error instanceof AppError ? error.status : 500).send())
  app.setNotFoundHandler((request, reply) => {
    if (isForDashboard(request)) return sendDashboard(request, reply, files)
    return reply.code(404).send({ error: 'no page' })
  })
  mountDashboard(app, files)
  await app.ready()
})

afterAll(async () => {
  await app.close()
  rmSync(root, { recursive: true })
})

const html = { accept: 'text/html,application/xhtml+xml' }

test.each(['/', '/workspaces/team/keys', '/sign-in?next=%2Flogs', '/authority'])(
  '%s is the page, asked for anew each time, under a policy without inline script',
  async (url) => {
    const { statusCode, headers, body } = await app.inject({ url, headers: html })
    expect([statusCode, body, headers['cache-control']]).toEqual([
      200,
      expect.stringContaining('Switchyard'),
      'no-cache',
    ])
    expect(headers['content-security-policy']).toMatch(/^default-src 'self';/)
    expect(headers['content-security-policy']).not.toContain('unsafe')
    expect(headers['x-content-type-options']).toBe('nosniff')
  },
)

test('the licences of what is in the pages are a text at an address of their own', async () => {
  const { statusCode, headers, body } = await app.inject({ url: '/third-party.txt', headers: html })
  expect([statusCode, body, headers['content-type']]).toEqual([200, 'licences', 'text/plain; charset=utf-8'])
})

test.each([
  '/api/v1/nothing',
  '/api',
  '/mcp',
  '/docs/unknown',
  '/auth-api/session',
  '/scim/v2/Users',
  '/openapi.json',
  '/llms.txt',
  '/assets/index-old.js',
])('%s is never answered with the page', async (url) => {
  expect((await app.inject({ url, headers: html })).statusCode).toBe(404)
})

test('what is no browser asking for a page gets none', async () => {
  expect((await app.inject({ url: '/workspaces/team', headers: { accept: 'application/json' } })).statusCode).toBe(404)
  expect((await app.inject({ url: '/workspaces/team', method: 'POST', headers: html })).statusCode).toBe(404)
})

test('a file with a hash in its name is kept for good, and sent compressed to those who take that', async () => {
  const plain = await app.inject('/assets/index-abc.js')
  expect([plain.body, plain.headers['cache-control']]).toEqual(['script', 'public, max-age=31536000, immutable'])
  expect([plain.headers['content-type'], plain.headers['vary']]).toEqual([
    'text/javascript; charset=utf-8',
    'accept-encoding',
  ])
  const ask = async (encoding: string) => {
    const answer = await app.inject({ url: '/assets/index-abc.js', headers: { 'accept-encoding': encoding } })
    return answer.headers['content-encoding']
  }
  expect(await ask('gzip, deflate, br')).toBe('gzip')
  expect(await ask('gzip;q=0, br')).toBeUndefined()
  expect(await ask('identity')).toBeUndefined()
})

test('the smaller of two encodings is chosen', async () => {
  writeFileSync(join(directory, 'assets/both-1.js'), 'both')
  writeFileSync(join(directory, 'assets/both-1.js.gz'), gzipSync('both'))
  writeFileSync(join(directory, 'assets/both-1.js.br'), brotliCompressSync('both'))
  const answer = await app.inject({ url: '/assets/both-1.js', headers: { 'accept-encoding': 'gzip, br' } })
  expect(answer.headers['content-encoding']).toBe('br')
  expect(brotliDecompressSync(answer.rawPayload).toString()).toBe('both')
})

test.each(['..%2F..%2Fsecret.js', '%2e%2e%2fsecret.js', '.hidden', 'a/b.js', 'index-abc.js%00'])(
  'an asset called %s is not found',
  async (name) => {
    const { statusCode, body } = await app.inject(`/assets/${name}`)
    expect(statusCode).toBe(404)
    expect(body).not.toContain('secret')
  },
)

test('while it is being built the page says so and asks again, and without one it says how to make it', async () => {
  const empty = Fastify()
  let isAtWork = true
  mountDashboard(empty, { directory: join(root, 'absent'), isBuilding: () => isAtWork })
  const building = await empty.inject({ url: '/', headers: html })
  expect([building.statusCode, building.headers['refresh']]).toEqual([503, '2'])
  isAtWork = false
  const absent = await empty.inject({ url: '/', headers: html })
  expect([absent.statusCode, absent.body]).toEqual([404, expect.stringContaining('npm run build')])
  await empty.close()
})
