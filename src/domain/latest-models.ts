import type { Model } from './catalogue.ts'

/*
 * `~author/family-latest` stands for the newest model of a family. A family is what is left of a model's name without its
 * versions and dates: `anthropic/claude-sonnet-4.5` and `anthropic/claude-3-7-sonnet-20250219` are of `anthropic/claude-sonnet`.
 */

const DATE = /-(?:\d{4}-\d{2}-\d{2}|\d{4,8})(?=-|$)/g
const VERSION = /^v?\d[\d.]*[a-z]?$/
/** How large a model is tells models of one version apart. */
const SIZE = /^\d+(\.\d+)?[bm]$/

interface NamedVersion {
  family: string
  versions: readonly number[]
  date: number
}

/** The newest model of each family, by `~author/family-latest`; of models that cost nothing, of their own, and of the built-in ones none. */
export function latestModels(models: Iterable<Model>): Map<string, Model> {
  const newest = new Map<string, { model: Model; version: NamedVersion }>()
  for (const model of models) {
    const version = versionOf(model.id)
    if (version === undefined) continue
    const name = `~${version.family}-latest`
    const known = newest.get(name)
    if (known === undefined || compareAge({ model, version }, known) > 0) newest.set(name, { model, version })
  }
  return new Map([...newest].map(([name, { model }]) => [name, model]))
}

function versionOf(id: string): NamedVersion | undefined {
  const [author = '', slug = ''] = id.split('/')
  if (author === 'sim' || author.startsWith('~') || slug.includes(':')) return undefined
  let date = 0
  const undated = slug.replace(DATE, (found) => {
    date = Number(found.replaceAll('-', '').padEnd(8, '0'))
    return ''
  })
  const parts = undated.split('-')
  const isVersion = (part: string) => VERSION.test(part) && !SIZE.test(part)
  const named = parts.filter((part) => !isVersion(part) && part !== 'latest')
  if (named.length === 0) return undefined
  const versions = parts
    .filter(isVersion)
    .flatMap((part) => part.split(/[^\d]+/).flatMap((text) => (text === '' ? [] : [Number(text)])))
  return { family: `${author}/${named.join('-')}`, versions, date }
}

type Dated = { model: Model; version: NamedVersion }

/** By the day each came out where both are known, else by what the names tell. */
function compareAge(a: Dated, b: Dated): number {
  if (a.model.created > 0 && b.model.created > 0 && a.model.created !== b.model.created)
    return a.model.created - b.model.created
  const length = Math.max(a.version.versions.length, b.version.versions.length)
  for (let at = 0; at < length; at += 1) {
    const difference = (a.version.versions[at] ?? 0) - (b.version.versions[at] ?? 0)
    if (difference !== 0) return difference
  }
  return a.version.date - b.version.date
}
