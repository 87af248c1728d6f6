import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { OPERATIONS } from '../../src/contract/operations.ts'
import { listSourceFiles } from '../source-files.ts'
import type { TidyReport } from './report.ts'

/*
 * What changes something in the dashboard carries the name of its operation, as `data-operation`, so that
 * tests can ask for each role whether it is shown. Here: every operation that a folder of pages
 * carries out is named by a control there, and no control that starts a change, or sends the form of one, goes without a name.
 */

const PAGES = 'dashboard/src/pages/'
/** What is carried out: by `useChange` of the contract's operations, or by a call inside of a mutation. */
const CARRIED_OUT = /\b(?:useChange|call)\(\s*([\w.]+)\s*,/g
const NAMED = /\boperations?=\{([^}]*)\}/g
/** `const { updateThing: update } = THING_OPERATIONS` */
const DESTRUCTURED = /\bconst \{([^}]*)\} = \w+_OPERATIONS\b/g
const ALIAS = /\b(\w+): (\w+)\b/g
const CONTROL = /<(?:Button|IconButton|MenuItem|SelectField|CheckField|button|select|input)\b/g

const effects: ReadonlyMap<string, string> = new Map(Object.values(OPERATIONS).map(({ id, effect }) => [id, effect]))

export interface PageSource {
  file: string
  text: string
}

export function checkChangingControls(root: string): TidyReport {
  const sources = listSourceFiles(root)
    .filter((file) => file.startsWith(PAGES) && !/[.]test[.]tsx?$/.test(file))
    .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }))
  return { faults: changingControlFaults(sources), notes: [] }
}

export function changingControlFaults(sources: readonly PageSource[]): string[] {
  const folders = Map.groupBy(sources, ({ file }) => dirname(file))
  return [...folders.values()].flatMap((files) => {
    const named = new Set(files.flatMap(({ text }) => namesIn(text, NAMED)))
    return files.flatMap((source) => [...unnamedOperations(source, named), ...bareControls(source)])
  })
}

function unnamedOperations({ file, text }: PageSource, named: ReadonlySet<string>): string[] {
  return changesOf(text)
    .filter((name) => !named.has(name))
    .map((name) => `${file}: no control of the page carries data-operation={${name}.id}`)
}

function bareControls({ file, text }: PageSource): string[] {
  if (changesOf(text).length === 0) return []
  return [...text.matchAll(CONTROL)].flatMap(({ index }) => {
    const tag = openingTag(text, index)
    const isChanging = tag.includes('.mutate(') || tag.includes('type="submit"')
    if (!isChanging || /\boperation=\{/.test(tag)) return []
    const line = text.slice(0, index).split('\n').length
    return [`${file}:${line}: a control that changes something carries the name of its operation as data-operation`]
  })
}

/** The operations that it carries out and that aren't mere reads. Changes of one's own login are none of the contract's. */
function changesOf(text: string): string[] {
  if (!/\buse(?:Change|Mutation)\b/.test(text)) return []
  return namesIn(text, CARRIED_OUT).filter((name) => effects.get(name) !== 'read')
}

/** The last words of what is found, by the names that the contract gives them. */
function namesIn(text: string, pattern: RegExp): string[] {
  const destructured = [...text.matchAll(DESTRUCTURED)].map(([, names = '']) => names).join()
  const aliases = new Map([...destructured.matchAll(ALIAS)].map(([, name = '', alias = '']) => [alias, name]))
  const found = [...text.matchAll(pattern)].flatMap(([, expression = '']) => expression.match(/[\w.]+/g) ?? [])
  return found
    .map(
      (path) =>
        path
          .replace(/[.]id$/, '')
          .split('.')
          .at(-1) ?? '',
    )
    .map((name) => aliases.get(name) ?? name)
    .filter((name) => effects.has(name))
}

/** From `<` to the `>` that ends it, which isn't the one of an arrow. */
function openingTag(text: string, from: number): string {
  let depth = 0
  for (let at = from; at < text.length; at += 1) {
    const character = text[at]
    if (character === '{') depth += 1
    if (character === '}') depth -= 1
    if (character === '>' && depth === 0) return text.slice(from, at + 1)
  }
  return text.slice(from)
}
