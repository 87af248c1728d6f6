import type { Model } from './catalogue.ts'
import { isChosenFrom } from './routing/model-names.ts'

/*
 * `~author/family-latest` stands for the newest model of a family. Of a model's name the words make the family, in whatever order;
 * versions and dates don't: `anthropic/claude-sonnet-4.5` and `anthropic/claude-3-7-sonnet-20250219` are of
 * `anthropic/claude-sonnet`, and neither `-mini`, `-preview` nor `-70b` is left out.
 */

const DATE = /-(?:\d{4}-\d{2}-\d{2}|\d{4,8})(?=-|$)/g
/** What begins with a digit, or with one letter before it. */
const VERSION = /^[a-z]?\d/
/** How large a model is tells models of one version apart. */
const SIZE = /^\d+(\.\d+)?[bm]$/

/** `~author/family-latest`, taken apart; undefined for any other name. */
export function parseLatest(name: string): { author: string; family: string } | undefined {
  const [, author, family] = /^~([^/]+)\/(.+)-latest$/.exec(name) ?? []
  return author === undefined || family === undefined ? undefined : { author, family }
}

/** Models of a family, the newest first: by the day each came out where that is known of both, else by what their names tell. */
export function familyOf(models: Iterable<Model>, { author, family }: { author: string; family: string }): Model[] {
  const wanted = sorted(wordsOf(family))
  const members = [...models].filter((model) => {
    const [own, slug] = authorAndSlug(model)
    return own === author && slug !== undefined && isChosenFrom(model) && sorted(wordsOf(slug)) === wanted
  })
  return members
    .map(toDated)
    .sort(compareAge)
    .map(({ model }) => model)
}

/** The newest model of each family, by the name that stands for it; of one whose name has no version it is no news. */
export function latestModels(models: Iterable<Model>): Map<string, Model> {
  const newest = new Map<string, Dated>()
  for (const model of models) {
    const [author, slug] = authorAndSlug(model)
    if (slug === undefined || !isChosenFrom(model)) continue
    const family = sorted(wordsOf(slug))
    const known = newest.get(`${author}/${family}`)
    const dated = toDated(model)
    if (family !== '' && (known === undefined || compareAge(dated, known) < 0)) newest.set(`${author}/${family}`, dated)
  }
  const versioned = [...newest.values()].filter(({ date, versions }) => versions.length > 0 || date > 0)
  return new Map(versioned.map(({ model }) => [latestNameOf(model), model]))
}

function latestNameOf(model: Model): string {
  const [author, slug = ''] = authorAndSlug(model)
  return `~${author}/${wordsOf(slug).join('-')}-latest`
}

/** Without a slug for what is no model of its own, as a variant. */
function authorAndSlug({ id }: Model): readonly [string, string | undefined] {
  const [author = '', slug, ...more] = id.split('/')
  const isOfFamily = more.length === 0 && slug?.includes(':') === false && !author.startsWith('~')
  return [author, isOfFamily ? slug : undefined]
}

function wordsOf(slug: string): string[] {
  const parts = slug.toLowerCase().split(/[-_]/)
  return parts.filter((part) => part !== '' && part !== 'latest' && (SIZE.test(part) || !VERSION.test(part)))
}

function sorted(words: readonly string[]): string {
  return words.toSorted().join(' ')
}

interface Dated {
  model: Model
  versions: readonly number[]
  date: number
}

function toDated(model: Model): Dated {
  let date = 0
  const undated = model.id.replace(DATE, (found) => {
    date = Number(found.replaceAll('-', '').padEnd(8, '0'))
    return ''
  })
  const parts = undated.slice(undated.indexOf('/') + 1).split('-')
  const versions = parts.filter((part) => VERSION.test(part) && !SIZE.test(part))
  return { model, date, versions: versions.flatMap((part) => (part.match(/\d+/g) ?? []).map(Number)) }
}

/** Below 0 where the first one is newer. */
function compareAge(a: Dated, b: Dated): number {
  const days = b.model.created - a.model.created
  if (a.model.created > 0 && b.model.created > 0 && days !== 0) return days
  const length = Math.max(a.versions.length, b.versions.length)
  for (let at = 0; at < length; at += 1) {
    const difference = (b.versions[at] ?? -1) - (a.versions[at] ?? -1)
    if (difference !== 0) return difference
  }
  return b.date - a.date || (a.model.id < b.model.id ? -1 : 1)
}
