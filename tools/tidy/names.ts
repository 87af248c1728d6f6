import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { listSourceFiles } from '../source-files.ts'
import type { TidyReport } from './report.ts'

/** Names that say nothing about what is inside. */
const BANNED_FILE_NAMES = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'misc'])

/** Words that the glossary replaces, as the words of a camelCase or PascalCase name. */
const BANNED_WORDS: readonly { words: string; instead: string }[] = [
  { words: 'tenant', instead: 'organization or workspace' },
  { words: 'principal', instead: 'actor' },
  { words: 'provisioning key', instead: 'managementKey' },
  { words: 'util', instead: 'the name of the thing' },
  { words: 'utils', instead: 'the name of the thing' },
  { words: 'helper', instead: 'the name of the thing' },
  { words: 'helpers', instead: 'the name of the thing' },
]

const EXPORTED = /^export (?:async )?(?:abstract )?(?:const|let|function\*?|class|interface|type) +([A-Za-z_$][\w$]*)/gm
/** Written so that this file doesn't find itself. */
const UNTRACKED_NOTE = /(?:\/\/|\/?\*).*\b(TO[D]O|FIX[M]E)\b(?! ?\(?#\d+)/

export function checkNames(root: string): TidyReport {
  const faults = listSourceFiles(root).flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    return [...fileNameFaults(file), ...noteFaults(file, text), ...wordFaults(file, text)]
  })
  return { faults, notes: [] }
}

function fileNameFaults(file: string): string[] {
  const stem = basename(file).replace(/[.].*$/, '')
  return BANNED_FILE_NAMES.has(stem) ? [`${file}: name the file after what it holds`] : []
}

function noteFaults(file: string, text: string): string[] {
  return text.split('\n').flatMap((line, index) => {
    const word = UNTRACKED_NOTE.exec(line)?.[1]
    return word ? [`${file}:${index + 1}: ${word} without the number of its issue`] : []
  })
}

function wordFaults(file: string, text: string): string[] {
  return [...text.matchAll(EXPORTED)].flatMap(([, name = '']) => {
    const words = ` ${splitWords(name)} `
    return BANNED_WORDS.filter((banned) => words.includes(` ${banned.words} `)).map(
      (banned) => `${file}: ${name} uses '${banned.words}'; the glossary says ${banned.instead}`,
    )
  })
}

function splitWords(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/_/g, ' ')
    .toLowerCase()
}
