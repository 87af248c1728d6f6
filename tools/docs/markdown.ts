import { createRequire } from 'node:module'
import MarkdownIt, { type Token } from 'markdown-it'
import type { Heading } from './page.ts'

/** As much of highlight.js as is used: its own types bring in those of browsers, for the whole program. */
interface Highlighter {
  registerLanguage: (name: string, language: unknown) => void
  getLanguage: (name: string) => unknown
  highlight: (code: string, options: { language: string }) => { value: string }
}

const require = createRequire(import.meta.url)
const highlighter = require('highlight.js/lib/core') as Highlighter
const LANGUAGES = ['bash', 'go', 'ini', 'json', 'nginx', 'python', 'sql', 'typescript', 'yaml']
const NAMES: Readonly<Record<string, string>> = { sh: 'bash', ts: 'typescript', js: 'typescript', py: 'python' }
const METHOD_AND_PATH = /^(GET|POST|PATCH|PUT|DELETE) (\/\S*)$/

for (const name of LANGUAGES) highlighter.registerLanguage(name, require(`highlight.js/lib/languages/${name}`))

export interface Rendered {
  html: string
  headings: Heading[]
  title: string
  summary: string
}

/** Markdown as HTML that the policy of the site allows: no HTML of its own, headings with anchors, code with its colours as
 *  classes. `addressOf` turns the target of a link into an address of the site. */
export function renderMarkdown(markdown: string, addressOf: (target: string) => string): Rendered {
  const parser = new MarkdownIt({ html: false, linkify: false, typographer: false })
  const tokens = parser.parse(withoutMarkers(markdown), {})
  const headings = nameHeadings(tokens)
  for (const token of tokens) for (const child of token.children ?? []) mendLink(child, addressOf)
  const toHtml = parser.utils.escapeHtml
  parser.renderer.rules['fence'] = (all, index) => codeBlock(all[index], toHtml)
  parser.renderer.rules['code_block'] = (all, index) => codeBlock(all[index], toHtml)
  parser.renderer.rules['code_inline'] = (all, index) => inlineCode(all[index]?.content ?? '', toHtml)
  parser.renderer.rules['table_open'] = () =>
    '<div class="scroll" tabindex="0" role="region" aria-label="Table"><table>'
  parser.renderer.rules['table_close'] = () => '</table></div>'
  parser.renderer.rules['heading_close'] = (all, index) => anchorAndClose(all, index, toHtml)
  return {
    html: parser.renderer.render(tokens, parser.options, {}),
    headings,
    title: headings.find(({ level }) => level === 1)?.text ?? '',
    summary: firstParagraph(tokens),
  }
}

/** Tables that `npm run tidy` writes stand between markers, which are for it alone. */
function withoutMarkers(markdown: string): string {
  return markdown.replace(/^<!--.*?-->\n?/gm, '')
}

function nameHeadings(tokens: readonly Token[]): Heading[] {
  const taken = new Map<string, number>()
  const headings: Heading[] = []
  tokens.forEach((token, index) => {
    if (token.type !== 'heading_open') return
    const text = plainText(tokens[index + 1])
    const name = slugOf(text)
    const count = taken.get(name) ?? 0
    taken.set(name, count + 1)
    const id = count === 0 ? name : `${name}-${count}`
    token.attrSet('id', id)
    headings.push({ level: Number(token.tag.slice(1)), text, id })
  })
  return headings
}

/** As code hosts make them, so that a link in the tree and on the site is the same. */
function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-')
}

function mendLink(token: Token, addressOf: (target: string) => string): void {
  if (token.type === 'link_open') {
    const address = addressOf(String(token.attrGet('href') ?? ''))
    token.attrSet('href', address)
    if (/^https?:/.test(address)) token.attrSet('rel', 'noreferrer')
  }
  if (token.type === 'image') token.attrSet('src', addressOf(String(token.attrGet('src') ?? '')))
}

function codeBlock(token: Token | undefined, toHtml: (text: string) => string): string {
  const content = token?.content ?? ''
  const info = (token?.info ?? '').trim().split(/\s+/)[0] ?? ''
  const language = NAMES[info] ?? info
  const isKnown = highlighter.getLanguage(language) !== undefined
  const body = isKnown ? highlighter.highlight(content, { language }).value : toHtml(content)
  const label = info === '' ? 'Code' : `Code in ${toHtml(info)}`
  return (
    `<figure class="code" data-language="${toHtml(info)}"><pre tabindex="0" role="region" aria-label="${label}">` +
    `<code>${body}</code></pre></figure>\n`
  )
}

function inlineCode(content: string, toHtml: (text: string) => string): string {
  const [, method, path] = METHOD_AND_PATH.exec(content) ?? []
  if (method === undefined || path === undefined) return `<code>${toHtml(content)}</code>`
  return `<code><span class="method method-${method.toLowerCase()}">${method}</span> ${toHtml(path)}</code>`
}

function anchorAndClose(tokens: readonly Token[], index: number, toHtml: (text: string) => string): string {
  const opening = tokens[index - 2]
  const tag = tokens[index]?.tag ?? 'h2'
  if (tag === 'h1') return '</h1>\n'
  const text = toHtml(plainText(tokens[index - 1]))
  return ` <a class="anchor" href="#${opening?.attrGet('id') ?? ''}" aria-label="Link to ${text}">#</a></${tag}>\n`
}

function firstParagraph(tokens: readonly Token[]): string {
  const all = tokens.flatMap(({ type, level }, index) => (type === 'paragraph_open' ? [{ level, index }] : []))
  const first = all.find(({ level }) => level === 0) ?? all[0]
  return first === undefined ? '' : plainText(tokens[first.index + 1]).replace(/\s+/g, ' ')
}

function plainText(token: Token | undefined): string {
  const parts = (token?.children ?? []).map((child) => (child.type === 'softbreak' ? ' ' : child.content))
  return parts.join('')
}
