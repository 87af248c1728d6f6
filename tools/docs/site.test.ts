import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { openApiDocument } from '../../src/contract/openapi.ts'
import { API_OPERATIONS, operationOf } from '../../src/contract/operations.ts'
import { apiSlug } from './api-pages.ts'
import type { Page } from './page.ts'
import { readSite, type Site } from './site.ts'

const ROOT = join(import.meta.dirname, '../..')
/** What the server answers beside pages. */
const OTHERS = ['/', '/openapi.json', '/openapi.yaml', '/llms.txt', '/llms-full.txt', '/docs/changelog/rss.xml']
const INFERENCE = ['send-chat-completion-request', 'create-messages', 'create-responses', 'send-completion-request']

let site: Site
let byAddress: Map<string, Page>

beforeAll(() => {
  site = readSite(ROOT)
  byAddress = new Map(site.pages.map((page) => [page.address, page]))
})

test('no link of the site leads nowhere, to a heading neither', () => {
  const faults = site.pages.flatMap(({ address, html }) =>
    [...html.matchAll(/(?:href|src)="([^"]*)"/g)]
      .map(([, target = '']) => target)
      .filter((target) => !leadsSomewhere(target, address))
      .map((target) => `${address}: ${target}`),
  )
  expect([...site.faults, ...faults]).toEqual([])
})

function leadsSomewhere(target: string, from: string): boolean {
  if (/^(?:https:|mailto:)/.test(target)) return true
  const [path = '', fragment] = target.split('#')
  const page = byAddress.get(path === '' ? from : path)
  if (page === undefined) return OTHERS.includes(path) || /^http:\/\/(?:127\.0\.0\.1|localhost)/.test(target)
  return fragment === undefined || page.headings.some(({ id }) => id === fragment)
}

test('each page has an address, a title and a beginning of its own', () => {
  expect(byAddress.size).toBe(site.pages.length)
  const faults = site.pages.filter(({ title, summary }) => title === '' || summary === '').map(({ address }) => address)
  expect(faults).toEqual([])
})

test('every guide in the folder is in the navigation', async () => {
  const { globSync } = await import('node:fs')
  const guides = globSync('docs/**/*.md', { cwd: ROOT }).map((file) => `/${file.replace(/[.]md$/, '')}`)
  const missing = guides.filter((address) => !byAddress.has(address) && address !== '/docs/index')
  expect([missing, existsSync(join(ROOT, 'docs/navigation.json'))]).toEqual([[], true])
})

test('the reference lists every operation, and has a page for each', () => {
  const index = byAddress.get('/docs/api')?.html ?? ''
  const slugs = [...INFERENCE, ...API_OPERATIONS.map((name) => apiSlug(operationOf(name).id))]
  expect(slugs.filter((slug) => !index.includes(`href="/docs/api/${slug}"`))).toEqual([])
  expect(slugs.filter((slug) => !byAddress.has(`/docs/api/${slug}`))).toEqual([])
})

test('the page of each operation has all of its parts', () => {
  const operations = site.pages.filter(({ html }) => /<h2 id="the-same-elsewhere"/.test(html))
  expect(operations.length).toBeGreaterThanOrEqual(API_OPERATIONS.length + INFERENCE.length)
  const faults = operations.flatMap((page) => missingParts(page).map((part) => `${page.address}: ${part}`))
  expect(faults).toEqual([])
})

test('the page of each operation has a form for everything that the operation takes, and no other page has one', () => {
  const { paths } = openApiDocument() as { paths: Record<string, Record<string, Described>> }
  const faults = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { operationId, parameters = [], requestBody }]) => {
      const form = byAddress.get(`/docs/api/${apiSlug(operationId)}`)?.form ?? ''
      const wanted = [
        `data-method="${method.toUpperCase()}" data-path="${path}"`,
        ...parameters.map(({ name, in: place }) => `name="${name}" data-in="${place}"`),
        ...(requestBody === undefined ? [] : ['<textarea id="try-body"']),
      ]
      return wanted.filter((part) => !form.includes(part)).map((part) => `${operationId}: ${part}`)
    }),
  )
  expect(faults).toEqual([])
  const count = Object.values(paths).flatMap((methods) => Object.keys(methods)).length
  expect(site.pages.filter(({ form }) => form !== undefined)).toHaveLength(count)
})

test('what changes something asks before it does, and what only reads never', () => {
  const effectOf = (id: string) =>
    /data-effect="(\w+)"/.exec(byAddress.get(`/docs/api/${apiSlug(id)}`)?.form ?? '')?.[1]
  const faults = API_OPERATIONS.map((name) => operationOf(name)).filter(({ id, effect }) => effectOf(id) !== effect)
  expect(faults.map(({ id }) => id)).toEqual([])
  expect(effectOf('sendChatCompletionRequest')).toBe('charged')
})

interface Described {
  operationId: string
  parameters?: readonly { name: string; in: string }[]
  requestBody?: unknown
}

const PARTS = [
  'Authentication',
  'Parameters',
  'Answer',
  'Errors',
  'The same elsewhere',
  'Samples',
  'curl',
  'Python',
  'TypeScript',
  'Go',
]

function missingParts({ html, headings, markdown }: Page): string[] {
  const named = new Set(headings.map(({ text }) => text))
  const parts = PARTS.filter((part) => !named.has(part))
  if (!/<span class="method method-[a-z]+">[A-Z]+<\/span> \/\S+/.test(html)) parts.push('method and path')
  if (!/MCP tool: /.test(markdown) || !/Command line: /.test(markdown)) parts.push('tool and command')
  if (named.has('Fields of the answer') && !/```json\n/.test(markdown)) parts.push('an example')
  const [, method = ''] = /^`([A-Z]+) /m.exec(markdown) ?? []
  const hasBody = /-d '/.test(markdown)
  if (hasBody !== named.has('Request body')) parts.push('request body')
  if (method === '') parts.push('method')
  // A cell that ought to say what a field means is the last of its row.
  if (/^\| `[^|]*\|.*\|\s+\|$/m.test(markdown)) parts.push('a meaning')
  return parts
}
