import type { NavigationGroup } from './layout.ts'
import type { Page } from './page.ts'

const ABOUT = `# Switchyard

> A self-hosted LLM gateway, wire-compatible with OpenRouter. Each workspace has its own keys, members, roles, guardrails, budgets and routing; all draw on one organization's credits.

Every page below is Markdown when \`.md\` is appended to its address, or when it is asked for with \`Accept: text/markdown\`.
\`/llms.txt\` appended to an address tells what is on the page and beside it. The API as OpenAPI: /openapi.json. All pages in one: /llms-full.txt.
`

/** `/llms.txt`: every page with a line about it. */
export function siteIndex(groups: readonly NavigationGroup[], pages: ReadonlyMap<string, Page>): string {
  return `${ABOUT}\n${groups.map((group) => `## ${group.title}\n${linesOf(group, pages)}`).join('\n\n')}\n`
}

/** `/llms-full.txt`: every page. */
export function everything(pages: readonly Page[]): string {
  return pages.map(({ address, markdown }) => `Source: ${address}\n\n${markdown.trim()}\n`).join('\n---\n\n')
}

/** What stands at `<address of a section>/llms.txt`. */
export function sectionIndex(group: NavigationGroup, pages: ReadonlyMap<string, Page>): string {
  return `# ${group.title}\n\n${linesOf(group, pages)}\n`
}

/** What stands at `<address of a page>/llms.txt`: its headings, and the pages beside it. */
export function pageIndex(page: Page, group: NavigationGroup, pages: ReadonlyMap<string, Page>): string {
  const headings = page.headings.filter(({ level }) => level > 1)
  const lines = headings.map(({ level, text, id }) => `${'  '.repeat(level - 2)}- [${text}](${page.address}#${id})`)
  const onPage = lines.length === 0 ? '' : `\n## On this page\n${lines.join('\n')}\n`
  const siblings = { ...group, links: group.links.filter(({ address }) => address !== page.address) }
  return `# ${page.title}\n\n> ${page.summary}\n\nThe page as Markdown: ${page.address}.md\n${onPage}\n## Beside it, in ${group.title}\n${linesOf(siblings, pages)}\n`
}

const SUMMARY_LENGTH_MAX = 160

function linesOf({ links }: NavigationGroup, pages: ReadonlyMap<string, Page>): string {
  return links
    .map(({ address, title }) => {
      const summary = pages.get(address)?.summary ?? ''
      const [sentence = ''] = summary.split(/(?<=[.:]) /)
      return `- [${title}](${address}.md)${sentence === '' ? '' : `: ${sentence.slice(0, SUMMARY_LENGTH_MAX)}`}`
    })
    .join('\n')
}
