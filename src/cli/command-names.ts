import type { Operation } from '../contract/operation.ts'

export interface CommandName {
  group: string
  command: string
}

/** What lies inside a workspace and is worth a group of its own: `/workspaces/{id}/members` is `members`. */
const INSIDE_WORKSPACE = /^\/api\/v1\/workspaces\/\{\w+\}\/([a-z-]+)/
/** `bulk-assign-keys-to` a guardrail is said of a guardrail already. */
const TRAILING_PREPOSITION = /-(?:to|from)$/
const NOT_A_GROUP = new Set(['api', 'log'])

/**
 * The group and the name of each operation's command: the group is what the operation is about, the command the words of the
 * operation's name that the group doesn't say already. Where two would be called the same, both keep all their words.
 */
export function commandNames(operations: Readonly<Record<string, Operation>>): Map<string, CommandName> {
  const named = Object.entries(operations).map(([name, operation]) => ({ name, ...shortName(name, operation) }))
  const taken = Map.groupBy(named, ({ group, command }) => `${group} ${command}`)
  return new Map(
    named.map(({ name, group, command }) => {
      const isAlone = taken.get(`${group} ${command}`)?.length === 1 && command !== ''
      return [name, { group, command: isAlone ? command : wordsOf(name).join('-') }]
    }),
  )
}

function shortName(name: string, { path, tag }: Operation): CommandName {
  const inside = INSIDE_WORKSPACE.exec(path)?.[1]
  const tagWords = tag.toLowerCase().split(' ')
  const group = inside ?? tagWords.filter((word) => !NOT_A_GROUP.has(word)).join('-')
  const said = new Set((inside === undefined ? tagWords : ['workspace', ...inside.split('-')]).map(singular))
  return {
    group,
    command: wordsOf(name)
      .filter((word) => !said.has(singular(word)))
      .join('-')
      .replace(TRAILING_PREPOSITION, ''),
  }
}

/** `listBYOKKeys` is list, byok and keys. */
export function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase()
    .split('-')
}

function singular(word: string): string {
  return word.endsWith('s') && word !== 'analytics' ? word.slice(0, -1) : word
}
