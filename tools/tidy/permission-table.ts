import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  KEY_TYPE_PERMISSIONS,
  MEMBER_PERMISSIONS,
  ORGANIZATION_PERMISSIONS,
  type Reach,
  WORKSPACE_PERMISSIONS,
} from '../../src/contract/common/permissions.ts'
import { splitPage } from './marked-page.ts'
import type { TidyReport } from './report.ts'

const PAGE = 'docs/roles.md'
const NAME = 'permission-table'
const REACHES: Readonly<Record<Reach, string>> = { ws: 'all', own: 'own', '-': '–' }

/** The page on roles says what the code enforces. */
export function checkPermissionTable(root: string): TidyReport {
  const path = join(root, PAGE)
  if (!existsSync(path)) return { faults: [], notes: [`${PAGE} does not exist, its permission table is not compared`] }
  const parts = splitPage(readFileSync(path, 'utf8'), NAME)
  if (!parts) return { faults: [`${PAGE}: the markers of ${NAME} are missing`], notes: [] }
  const isFresh = parts.between.trim() === renderPermissionTables()
  return { faults: isFresh ? [] : [`${PAGE}: the permission table is old; run: node tools/tidy.ts --write`], notes: [] }
}

export function writePermissionTable(root: string): void {
  const path = join(root, PAGE)
  const parts = existsSync(path) ? splitPage(readFileSync(path, 'utf8'), NAME) : undefined
  if (!parts) return
  const { before, start, end, after } = parts
  writeFileSync(path, `${before}${start}\n${renderPermissionTables()}\n${end}${after}`)
}

function renderPermissionTables(): string {
  const rows = Object.entries(WORKSPACE_PERMISSIONS).map(
    ([permission, { admin, developer, viewer, billing_manager }]) => {
      const cells = [admin, developer, viewer, billing_manager].map((reach) => REACHES[reach])
      return `| \`${permission}\` | ${cells.join(' | ')} |`
    },
  )
  const keyTypes = Object.entries(KEY_TYPE_PERMISSIONS).map(([type, permissions]) => {
    const names: readonly string[] = permissions
    return `| \`${type}\` | ${names.includes('*') ? 'everything but `inference`' : list(names)} |`
  })
  const everybody: readonly string[] = MEMBER_PERMISSIONS
  const ofAdministrators = ORGANIZATION_PERMISSIONS.filter((name) => !everybody.includes(name))
  return [
    '| permission in a workspace | Admin | Developer | Viewer | Billing Manager |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    `Only administrators of the organization and management keys: ${list(ofAdministrators)}. Everybody in the organization: ${list(MEMBER_PERMISSIONS)}.`,
    '',
    '| type of key | what it may, unless it says otherwise |',
    '|---|---|',
    ...keyTypes,
  ].join('\n')
}

function list(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ')
}
