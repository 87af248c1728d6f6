import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import MiniSearch from 'minisearch'
import { everything, pageIndex, sectionIndex, siteIndex } from './agent-texts.ts'
import { changesFeed } from './changes-feed.ts'
import { type Frame, layOut } from './layout.ts'
import type { Page } from './page.ts'
import type { Site } from './site.ts'

const ASSETS = join(import.meta.dirname, 'assets')

/** Writes the whole site below `directory`, as `src/http/mount-docs.ts` looks for it. */
export function writeSite(site: Site, root: string, directory: string): void {
  const put = (path: string, content: string) => {
    const target = join(directory, path)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, content)
  }
  const assets = writeAssets(site, root, directory, put)
  const byAddress = new Map(site.pages.map((page) => [page.address, page]))
  const bySection = new Map(site.sections.map((section) => [section.address, section]))
  site.pages.forEach((page, index) => {
    const path = page.address.slice(1)
    const frame = { groups: site.groups, previous: site.pages[index - 1], next: site.pages[index + 1], assets }
    put(`${path}.html`, layOut(page, { ...frame, groups: groupsFor(page, site) }))
    put(`${path}.md`, page.markdown)
    const own = bySection.get(page.address)
    const around = site.sections.find(({ title }) => title === page.section) ?? site.groups[0]
    if (page.address === '/docs') put(`${path}/llms.txt`, siteIndex(site.sections, byAddress))
    else if (own !== undefined) put(`${path}/llms.txt`, sectionIndex(own, byAddress))
    else if (around !== undefined) put(`${path}/llms.txt`, pageIndex(page, around, byAddress))
  })
  put('llms.txt', siteIndex(site.sections, byAddress))
  put('llms-full.txt', everything(site.pages))
  put('docs/changelog/rss.xml', changesFeed(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), '/docs/changelog'))
  put('docs/_/missing.html', layOut(MISSING, { groups: site.groups, previous: undefined, next: undefined, assets }))
}

const MISSING: Page = {
  address: '/docs/_/missing',
  title: 'No such page',
  summary: 'There is no page of the documentation at this address.',
  section: '',
  markdown: '# No such page\n',
  html: '<h1>No such page</h1><p>There is none at this address. Search above, or begin at the <a href="/docs">start of the documentation</a>.</p>',
  headings: [],
}

/** The rail of a page: in the reference the operations of its part stand below it. */
function groupsFor(page: Page, site: Site): Frame['groups'] {
  if (!page.address.startsWith('/docs/api/')) return site.groups
  const part = site.sections.find(({ title, address }) => title === page.section && address.startsWith('/docs/api/'))
  return part === undefined ? site.groups : [part, ...site.groups]
}

function writeAssets(
  site: Site,
  root: string,
  directory: string,
  put: (path: string, content: string) => void,
): Frame['assets'] {
  const read = (path: string) => readFileSync(join(root, path), 'utf8')
  const asset = (name: string) => readFileSync(join(ASSETS, name), 'utf8')
  const hashed = (name: string, ending: string, content: string) => {
    const path = `docs/_/${name}-${createHash('sha256').update(content).digest('hex').slice(0, 12)}.${ending}`
    put(path, content)
    return `/${path}`
  }
  const index = hashed('search', 'json', JSON.stringify(searchIndex(site.pages)))
  const engine = hashed('minisearch', 'js', withoutMap(read('node_modules/minisearch/dist/es/index.js')))
  const script = asset('site.js').replace('{engine}', engine).replace('{index}', index)
  const tokens = colours(read('dashboard/src/theme/theme.css'))
  copyFileSync(join(root, 'dashboard/public/favicon.svg'), join(directory, 'docs/_/favicon.svg'))
  return {
    style: hashed('site', 'css', `${tokens}\n${asset('site.css')}\n${asset('code.css')}\n${asset('try-it.css')}`),
    script: hashed('site', 'js', script),
    tryIt: hashed('try-it', 'js', asset('try-it.js')),
    theme: hashed('theme', 'js', read('dashboard/public/theme.js')),
  }
}

function withoutMap(script: string): string {
  return script.replace(/^\/\/# sourceMappingURL=.*$/m, '')
}

/** The colours of the dashboard, for both themes. */
function colours(theme: string): string {
  const blocks = [...theme.matchAll(/^:root[^{]*\{[^}]*\}/gm)].map(([block]) => block)
  if (blocks.length < 2)
    throw new Error('dashboard/src/theme/theme.css has no longer one block of colours for each theme')
  return blocks.join('\n')
}

/** One entry for each heading of a page. What the browser loads must be made with the same options (`assets/site.js`). */
function searchIndex(pages: readonly Page[]): MiniSearch {
  const index = new MiniSearch({ fields: ['title', 'heading', 'text'], storeFields: ['title', 'heading', 'address'] })
  let id = 0
  for (const page of pages) {
    for (const section of sectionsOf(page)) {
      id += 1
      index.add({ id, title: page.title, ...section })
    }
  }
  return index
}

const INDEXED_LENGTH_MAX = 4_000

function sectionsOf(page: Page): { heading: string; address: string; text: string }[] {
  const isReference = page.address.startsWith('/docs/api')
  if (isReference) return [{ heading: page.title, address: page.address, text: page.markdown.slice(0, 300) }]
  const parts = page.markdown.split(/^(?=#{1,3} )/m)
  let found = 0
  return parts.map((part) => {
    const level = /^(#{1,3}) /.exec(part)?.[1]?.length
    if (level === undefined)
      return { heading: page.title, address: page.address, text: part.slice(0, INDEXED_LENGTH_MAX) }
    const text = part.split('\n')[0]?.replace(/^#+ /, '') ?? ''
    const heading = page.headings
      .slice(found)
      .find((one) => one.level === level && text.replace(/[`*]/g, '') === one.text.replace(/[`*]/g, ''))
    if (heading !== undefined) found = page.headings.indexOf(heading) + 1
    const address = heading === undefined || level === 1 ? page.address : `${page.address}#${heading.id}`
    return { heading: heading?.text ?? text, address, text: part.slice(0, INDEXED_LENGTH_MAX) }
  })
}
