/** What processes of the version before can't live with, while they serve on beside one that has applied it. */
const BREAKING: readonly (readonly [string, RegExp])[] = [
  ['a table or column goes away', /\bDROP\s+(TABLE|COLUMN|VIEW|FUNCTION)\b/i],
  ['something gets another name', /\bRENAME\b/i],
  ['a column gets another type', /\bALTER\s+(COLUMN\s+)?\w+\s+(SET\s+DATA\s+)?TYPE\b/i],
  ['a column must be filled', /\bSET\s+NOT\s+NULL\b/i],
  ['a default goes away', /\bDROP\s+DEFAULT\b/i],
]
const ADDED_COLUMN =
  /\bADD\s+(?:COLUMN\s+)?(?:IF\s+NOT\s+EXISTS\s+)?(?!CONSTRAINT|CHECK|PRIMARY|UNIQUE|FOREIGN|EXCLUDE)\w+\s[^;]*?(?=,\s*(?:ADD|ALTER)\b|;|$)/gi

/** Why a migration must not come in the version after those that may serve beside it; empty where it only adds. */
export function breakingChanges(migration: string): string[] {
  const text = migration.replaceAll(/--.*$/gm, '').replaceAll(/\$\$.*?\$\$/gs, '')
  const added = [...text.matchAll(ADDED_COLUMN)].map(([column]) => column)
  const isUnfilled = added.some(
    (column) => /\bNOT\s+NULL\b/i.test(column) && !/\bDEFAULT\b|\bGENERATED\b/i.test(column),
  )
  return [
    ...BREAKING.filter(([, pattern]) => pattern.test(text)).map(([why]) => why),
    ...(isUnfilled ? ['an added column must be filled'] : []),
  ]
}
