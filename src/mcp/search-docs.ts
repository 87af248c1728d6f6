import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export const SEARCH_RESULTS_MAX = 20

const DOCS_DIRECTORY = join(import.meta.dirname, '../../docs')
const EXCERPT_LENGTH_MAX = 1_500
const WORD = /[\p{L}\p{N}_]+/gu
/** How much a word in a heading counts beside one in the text. */
const HEADING_WEIGHT = 4
/** Of Okapi BM25: how soon repetition stops counting, and how much length counts against a section. */
const SATURATION = 1.2
const LENGTH_PENALTY = 0.75

export interface DocsSection {
  /** From the folder of the documentation, such as `configuration.md`. */
  path: string
  title: string
  heading: string
  text: string
}

export interface DocsMatch {
  path: string
  title: string
  heading: string
  excerpt: string
  score: number
}

let known: Promise<DocsSection[]> | undefined

/** The sections of the documentation that fit a query best; the folder is read once. */
export async function searchDocs(query: string, limit: number): Promise<DocsMatch[]> {
  known ??= readSections(DOCS_DIRECTORY)
  return rankSections(await known, query, limit)
}

/** Best first, by Okapi BM25 over the words of heading and text. A section without any of the words is none. */
export function rankSections(sections: readonly DocsSection[], query: string, limit: number): DocsMatch[] {
  const wanted = [...new Set(wordsOf(query))]
  const counted = sections.map((section) => ({ section, ...countWords(section) }))
  const averageLength = counted.reduce((sum, { length }) => sum + length, 0) / Math.max(1, counted.length)
  const rarity = new Map(
    wanted.map((word) => {
      const holders = counted.filter(({ counts }) => counts.has(word)).length
      return [word, Math.log(1 + (counted.length - holders + 0.5) / (holders + 0.5))]
    }),
  )
  const scored = counted.map(({ section, counts, length }) => {
    const penalty = SATURATION * (1 - LENGTH_PENALTY + (LENGTH_PENALTY * length) / averageLength)
    const score = wanted.reduce((sum, word) => {
      const count = counts.get(word) ?? 0
      return sum + ((rarity.get(word) ?? 0) * count * (SATURATION + 1)) / (count + penalty)
    }, 0)
    return { section, score }
  })
  return scored
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score)
    .slice(0, limit)
    .map(({ section, score }) => toMatch(section, score))
}

/** One section a heading; what stands before the first belongs to the title. */
export function sectionsOf(path: string, markdown: string): DocsSection[] {
  const title = /^# +(.+)$/m.exec(markdown)?.[1]?.trim() ?? path
  const sections: DocsSection[] = []
  let isCode = false
  let current: DocsSection = { path, title, heading: title, text: '' }
  for (const line of markdown.split('\n')) {
    if (line.startsWith('```')) isCode = !isCode
    const heading = isCode ? undefined : /^#{1,4} +(.+)$/.exec(line)?.[1]
    if (heading === undefined) {
      current.text += `${line}\n`
      continue
    }
    if (current.text.trim() !== '') sections.push(current)
    current = { path, title, heading: heading.trim(), text: '' }
  }
  if (current.text.trim() !== '') sections.push(current)
  return sections
}

async function readSections(directory: string): Promise<DocsSection[]> {
  const files = await readdir(directory, { recursive: true })
  const pages = files.filter((file) => file.endsWith('.md')).sort()
  const texts = await Promise.all(pages.map((page) => readFile(join(directory, page), 'utf8')))
  return pages.flatMap((page, index) => sectionsOf(page, texts[index] ?? ''))
}

function countWords({ heading, title, text }: DocsSection): { counts: Map<string, number>; length: number } {
  const counts = new Map<string, number>()
  const add = (word: string, weight: number) => counts.set(word, (counts.get(word) ?? 0) + weight)
  const words = wordsOf(text)
  for (const word of words) add(word, 1)
  for (const word of wordsOf(`${title} ${heading}`)) add(word, HEADING_WEIGHT)
  return { counts, length: words.length + 1 }
}

/** Lower case, without the endings that only say how many. Names with underscores count whole and in their parts. */
function wordsOf(text: string): string[] {
  return [...text.toLowerCase().matchAll(WORD)].flatMap(([word]) =>
    word.includes('_') ? [word, ...word.split('_').map(singular)] : [singular(word)],
  )
}

function singular(word: string): string {
  return word.length > 3 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word
}

function toMatch({ path, title, heading, text }: DocsSection, score: number): DocsMatch {
  return { path, title, heading, excerpt: text.trim().slice(0, EXCERPT_LENGTH_MAX), score: Number(score.toFixed(3)) }
}
