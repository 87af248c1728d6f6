import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { splitPage } from './marked-page.ts'
import type { TidyReport } from './report.ts'

const PAGE = 'ARCHITECTURE.md'
const NAME = 'import-table'

interface ImportTable {
  mayImport: Readonly<Record<string, readonly string[] | 'everything'>>
  ownedPackages: Readonly<Record<string, readonly string[]>>
}

/** The table in ARCHITECTURE.md says what the import rules enforce, and each folder of `src` has a row in it. */
export function checkImportTable(root: string): TidyReport {
  const table = readTable(root)
  const faults = foldersWithoutRow(root, table)
  if (!existsSync(join(root, PAGE)))
    return { faults, notes: [`${PAGE} does not exist yet, its import table is not compared`] }
  const page = readFileSync(join(root, PAGE), 'utf8')
  const parts = splitPage(page, NAME)
  if (!parts) faults.push(`${PAGE}: the markers of ${NAME} are missing`)
  else if (parts.between.trim() !== renderImportTable(table)) {
    faults.push(`${PAGE}: the import table differs from tools/import-table.json; run: node tools/tidy.ts --write`)
  }
  return { faults, notes: [] }
}

/** Puts the table between the markers of ARCHITECTURE.md; does nothing without the page or its markers. */
export function writeImportTable(root: string): void {
  if (!existsSync(join(root, PAGE))) return
  const parts = splitPage(readFileSync(join(root, PAGE), 'utf8'), NAME)
  if (!parts) return
  const rendered = renderImportTable(readTable(root))
  writeFileSync(join(root, PAGE), `${parts.before}${parts.start}\n${rendered}\n${parts.end}${parts.after}`)
}

function renderImportTable({ mayImport, ownedPackages }: ImportTable): string {
  const rows = Object.entries(mayImport).map(([folder, allowed]) => {
    const name = folder === 'main' ? 'main.ts' : `${folder}/`
    return `| \`${name}\` | ${allowed === 'everything' ? 'everything' : list(allowed)} | ${list(ownedPackages[folder] ?? [])} |`
  })
  return [
    '| folder | may import, beside itself | alone may import the packages |',
    '|---|---|---|',
    ...rows,
    '| `dashboard/` | `contract` | |',
  ].join('\n')
}

function list(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ') || '–'
}

function readTable(root: string): ImportTable {
  return JSON.parse(readFileSync(join(root, 'tools/import-table.json'), 'utf8')) as ImportTable
}

function foldersWithoutRow(root: string, { mayImport }: ImportTable): string[] {
  return readdirSync(join(root, 'src'), { withFileTypes: true })
    .map((entry) => (entry.isDirectory() ? entry.name : entry.name.replace(/[.]ts$/, '')))
    .filter((name) => !(name in mayImport))
    .map((name) => `src/${name}: no row in tools/import-table.json says what it may import`)
}
