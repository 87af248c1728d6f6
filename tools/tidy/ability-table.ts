import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  ABILITIES,
  type Ability,
  CLIENT_FORMATS,
  type ClientFormat,
  type Outcome,
  outcomeOf,
} from '../../src/dialects/abilities.ts'
import { DIALECTS } from '../../src/dialects/dialects.ts'
import type { DialectName } from '../../src/domain/catalogue.ts'
import { splitPage } from './marked-page.ts'
import type { TidyReport } from './report.ts'

const PAGE = 'docs/formats.md'
const NAME = 'ability-table'
const DIALECT_NAMES = Object.keys(DIALECTS) as DialectName[]
const NAMES: Readonly<Record<Ability, string>> = {
  streaming: 'streaming',
  tools: 'tools',
  parallelToolCalls: 'several tool calls at a time',
  singleToolCalls: 'at most one tool call at a time',
  structuredOutputs: 'JSON that fits a schema',
  jsonObjects: 'JSON without a schema',
  images: 'images',
  files: 'files',
  videos: 'videos',
  audio: 'sound',
  reasoning: 'reasoning',
  signedReasoning: 'signed reasoning, sent again',
  cacheMarkers: 'cache markers',
  logprobs: 'log probabilities',
  severalChoices: 'several choices',
  stops: 'stop sequences',
}
const OUTCOMES: Readonly<Record<Outcome, string>> = {
  yes: 'yes',
  fetched: 'yes, fetched',
  'left out': 'left out',
  refused: '**400**',
  unasked: '–',
}
const CLIENT_NAMES: Readonly<Record<ClientFormat, string>> = {
  chat: '`/chat/completions`',
  responses: '`/responses`',
  messages: '`/messages`',
  completions: '`/completions`',
}

/** The page on formats says what the translations do. */
export function checkAbilityTable(root: string): TidyReport {
  const path = join(root, PAGE)
  if (!existsSync(path))
    return { faults: [], notes: [`${PAGE} does not exist, its table of abilities is not compared`] }
  const parts = splitPage(readFileSync(path, 'utf8'), NAME)
  if (!parts) return { faults: [`${PAGE}: the markers of ${NAME} are missing`], notes: [] }
  const isFresh = parts.between.trim() === renderAbilityTables()
  return {
    faults: isFresh ? [] : [`${PAGE}: the table of abilities is old; run: node tools/tidy.ts --write`],
    notes: [],
  }
}

export function writeAbilityTable(root: string): void {
  const path = join(root, PAGE)
  const parts = existsSync(path) ? splitPage(readFileSync(path, 'utf8'), NAME) : undefined
  if (!parts) return
  const { before, start, end, after } = parts
  writeFileSync(path, `${before}${start}\n${renderAbilityTables()}\n${end}${after}`)
}

/** For each format of clients what becomes of a wish at each format of providers. */
export function renderAbilityTables(): string {
  return CLIENT_FORMATS.map((client) => {
    const rows = ABILITIES.map((ability) => {
      const cells = DIALECT_NAMES.map((dialect) => OUTCOMES[outcomeOf(client, dialect, ability)])
      return `| ${NAMES[ability]} | ${cells.join(' | ')} |`
    })
    const head = `| ${CLIENT_NAMES[client]} | ${DIALECT_NAMES.map((name) => `\`${name}\``).join(' | ')} |`
    return [head, `|---|${DIALECT_NAMES.map(() => '---').join('|')}|`, ...rows].join('\n')
  }).join('\n\n')
}
