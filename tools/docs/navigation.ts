import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A part of the site, in the order of `docs/navigation.json`, which is the order of "next". */
export interface NavigationSection {
  title: string
  /** Its own address is `/docs/<slug>`. */
  slug: string
  summary: string
  /** Names of files in `docs/`, or paths from the root of the tree that begin with `/`. */
  pages: readonly string[]
}

/** Throws an Error that names what is wrong with the file. */
export function readNavigation(root: string): NavigationSection[] {
  const sections = JSON.parse(readFileSync(join(root, 'docs/navigation.json'), 'utf8')) as NavigationSection[]
  const files = sections.flatMap(({ pages }) => pages)
  const twice = files.find((file, index) => files.indexOf(file) !== index)
  if (twice !== undefined) throw new Error(`docs/navigation.json names ${twice} twice`)
  return sections
}

/** `keys.md` is at `/docs/keys`, `/SECURITY.md` at `/docs/security`, `adr/0001-x.md` at `/docs/adr/0001-x`. */
export function addressOf(file: string): string {
  const name = file.replace(/^\//, '').replace(/[.]md$/, '')
  return `/docs/${file.startsWith('/') ? name.toLowerCase() : name}`
}

/** Where a file of the navigation lies, from the root of the tree. */
export function sourceOf(file: string): string {
  return file.startsWith('/') ? file.slice(1) : `docs/${file}`
}
