import MarkdownIt, { type Token } from 'markdown-it'

/** A part of a text in Markdown: `children` are the parts inside of it. */
export interface Part {
  type: string
  tag: string
  text: string
  /** Of a link, where that leads to another page of the web; undefined where it can't be followed. */
  href: string | undefined
  /** Of an ordered list: its first number. */
  start: number | undefined
  children: Part[]
}

/** Of longer ones only the text is shown. */
export const MARKDOWN_LENGTH_MAX = 100_000
const SAFE = new Set(['http:', 'https:', 'mailto:'])

const DEPTH_MAX = 40
const parser = new MarkdownIt({ html: false, linkify: false, typographer: false, breaks: true })
parser.set({ maxNesting: DEPTH_MAX })
// Whatever it leads to, it is told apart here.
parser.validateLink = () => true

/** Undefined where it is nested deeper than the parser goes, which leaves out what lies below. */
export function markdownTree(text: string): Part[] | undefined {
  const tokens = parser.parse(text, {})
  const isCut = (list: readonly Token[]): boolean =>
    list.some(({ level, children }) => level >= DEPTH_MAX - 1 || (children !== null && isCut(children)))
  return isCut(tokens) ? undefined : treeOf(tokens)
}

function treeOf(tokens: readonly Token[]): Part[] {
  const roots: Part[] = []
  const open: Part[][] = [roots]
  for (const token of tokens) {
    if (token.nesting < 0) {
      open.pop()
      continue
    }
    const part = toPart(token)
    open.at(-1)?.push(part)
    if (token.nesting > 0) open.push(part.children)
  }
  return roots
}

function toPart({ type, tag, content, children, attrs }: Token): Part {
  const attribute = (name: string) => {
    const value = attrs?.find(([key]) => key === name)?.[1]
    return value === undefined ? undefined : String(value)
  }
  const start = attribute('start')
  return {
    type: type.replace(/_open$/, ''),
    tag,
    text: content,
    href: safeLink(attribute('href')),
    start: start === undefined ? undefined : Number(start),
    children: children === null ? [] : treeOf(children),
  }
}

/** The whole address, where a click on it runs nothing here and names its host; undefined else. */
export function safeLink(target: string | undefined): string | undefined {
  if (target === undefined || !URL.canParse(target)) return undefined
  const url = new URL(target)
  return SAFE.has(url.protocol) && url.username === '' && url.password === '' ? url.href : undefined
}
