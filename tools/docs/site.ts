import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { type ApiPage, apiPages } from './api-pages.ts'
import type { NavigationGroup, NavigationLink } from './layout.ts'
import { renderMarkdown } from './markdown.ts'
import { addressOf, type NavigationSection, readNavigation, sourceOf } from './navigation.ts'
import type { Page } from './page.ts'

export interface Site {
  /** In the order of "next"; the first is `/docs`. */
  pages: readonly Page[]
  /** What the rail shows; an operation's page is reached from the page of its tag. */
  groups: readonly NavigationGroup[]
  /** Every section, those of the API reference included, with the pages in it. */
  sections: readonly NavigationGroup[]
  /** Each link that leads to no page, as a sentence. The site is whole but for it. */
  faults: readonly string[]
}

const HOME = 'index.md'

/** The documentation of the tree below `root`. */
export function readSite(root: string): Site {
  const navigation = readNavigation(root)
  const known = new Map(navigation.flatMap(({ pages }) => pages.map((file) => [sourceOf(file), addressIn(file)])))
  const faults: string[] = []
  const written = navigation.flatMap((section) =>
    section.pages.map((file) => writtenPage({ root, file, section, known, faults })),
  )
  const operations = apiPages()
  const api = referencePages(operations, (target) => known.get(normalize(join('docs/api', target))) ?? target)
  const sections = [...navigation.map((section) => groupOf(section, written)), ...api.groups]
  const overviews = navigation.map((section, index) => sectionPage(section, sections[index]))
  return {
    pages: [...inOrder(navigation, written, overviews), ...api.pages],
    groups: [...sections.slice(0, navigation.length), api.groups[0] ?? sections[0]].filter(
      (group) => group !== undefined,
    ),
    sections,
    faults,
  }
}

function addressIn(file: string): string {
  return file === HOME ? '/docs' : addressOf(file)
}

interface Writing {
  root: string
  file: string
  section: NavigationSection
  known: ReadonlyMap<string, string>
  faults: string[]
}

function writtenPage({ root, file, section, known, faults }: Writing): Page {
  const source = sourceOf(file)
  const text = readFileSync(join(root, source), 'utf8')
  const resolve = (target: string) => {
    const address = siteAddress(target, source, known)
    if (address === undefined) faults.push(`${source} links to ${target}, which is on no page of docs/navigation.json`)
    return address ?? target
  }
  const markdown = text
    .replace(/^<!--.*?-->\n?/gm, '')
    .replace(/(\]\()([^)\s]+)(\))/g, (_all, open, target, close) => `${open}${resolve(target)}${close}`)
  return {
    ...renderMarkdown(markdown, (address) => address),
    address: addressIn(file),
    section: section.title,
    markdown,
  }
}

/** Undefined for a file that has no page. */
function siteAddress(target: string, source: string, known: ReadonlyMap<string, string>): string | undefined {
  if (/^(?:https?:|mailto:|#|\/)/.test(target)) return target
  const [path = '', fragment] = target.split('#')
  if (path.endsWith('.json')) return '/openapi.json'
  const address = known.get(normalize(join(dirname(source), path)))
  return address === undefined || fragment === undefined ? address : `${address}#${fragment}`
}

function groupOf(section: NavigationSection, pages: readonly Page[]): NavigationGroup {
  const links = pages.filter((page) => page.section === section.title).map(({ address, title }) => ({ address, title }))
  return { title: section.title, address: `/docs/${section.slug}`, links }
}

/** What stands at the address of a section: its pages, with what each begins with. */
function sectionPage(section: NavigationSection, group: NavigationGroup | undefined): Page {
  const lines = (group?.links ?? []).map(({ address, title }) => `- [${title}](${address})`)
  const markdown = `# ${section.title}\n\n${section.summary}\n\n${lines.join('\n')}\n`
  return {
    ...renderMarkdown(markdown, (target) => target),
    address: `/docs/${section.slug}`,
    section: section.title,
    markdown,
  }
}

function inOrder(
  navigation: readonly NavigationSection[],
  written: readonly Page[],
  overviews: readonly Page[],
): Page[] {
  const pages = navigation.flatMap(({ title }, index) => {
    const own = written.filter((page) => page.section === title)
    const overview = overviews[index]
    return overview === undefined ? own : [overview, ...own]
  })
  const home = pages.filter(({ address }) => address === '/docs')
  return [...home, ...pages.filter(({ address }) => address !== '/docs')]
}

/** The reference: a page that lists all, one for each part, one for each operation. */
function referencePages(
  operations: readonly ApiPage[],
  resolve: (target: string) => string,
): { pages: Page[]; groups: NavigationGroup[] } {
  const parts = [...Map.groupBy(operations, ({ tag }) => tag)]
  const groups = parts.map(([tag, own]) => ({
    title: tag,
    address: `/docs/api/${partSlug(tag)}`,
    links: own.map(({ slug, title }): NavigationLink => ({ address: `/docs/api/${slug}`, title })),
  }))
  const reference = {
    title: 'API reference',
    address: '/docs/api',
    links: groups.map(({ address, title }) => ({ address, title })),
  }
  const pages = parts.flatMap(([tag, own], index) => [
    generated(`/docs/api/${partSlug(tag)}`, tag, partText(tag, own)),
    ...own.map(({ slug, markdown, form }) => ({
      ...generated(
        `/docs/api/${slug}`,
        groups[index]?.title ?? '',
        markdown.replace(/(\]\()([^)\s]+)(\))/g, (_all, open, target: string, close) => {
          const [path = '', fragment] = target.split('#')
          return `${open}${resolve(path)}${fragment === undefined ? '' : `#${fragment}`}${close}`
        }),
      ),
      form,
    })),
  ])
  return {
    pages: [generated('/docs/api', 'API reference', indexText(parts)), ...pages],
    groups: [reference, ...groups],
  }
}

/** Parts have addresses that no operation has. */
function partSlug(tag: string): string {
  return `about-${tag.toLowerCase().replaceAll(' ', '-')}`
}

function generated(address: string, section: string, markdown: string): Page {
  return { ...renderMarkdown(markdown, (target) => target), address, section, markdown }
}

function partText(tag: string, operations: readonly ApiPage[]): string {
  return `# ${tag}\n\nThe operations of this part, each with its parameters, answer, errors and samples.\n\n${operationTable(operations)}\n`
}

function indexText(parts: readonly (readonly [string, readonly ApiPage[]])[]): string {
  const tables = parts.map(([tag, own]) => `## ${tag}\n\n${operationTable(own)}`)
  return `# API reference

Every operation of this installation, derived from the declarations that it runs on. The same as one document:
[openapi.json](/openapi.json), [openapi.yaml](/openapi.yaml).

${tables.join('\n\n')}
`
}

function operationTable(operations: readonly ApiPage[]): string {
  const rows = operations.map(
    ({ method, path, slug, title }) => `| \`${method} ${path}\` | [${title}](/docs/api/${slug}) |`,
  )
  return ['| Request | Operation |', '|---|---|', ...rows].join('\n')
}
