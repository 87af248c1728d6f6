import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkAbilityTable, writeAbilityTable } from './ability-table.ts'
import { changingControlFaults } from './changing-controls.ts'
import { checkImportTable, writeImportTable } from './import-table.ts'
import { checkMigrations, writeMigrationSums } from './migrations.ts'
import { checkNames } from './names.ts'
import { checkPermissionTable, writePermissionTable } from './permission-table.ts'

const hasGit = spawnSync('git', ['--version']).status === 0
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'switchyard-tidy-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('names', () => {
  test.each([
    ['a file called utils', 'src/control/utils.ts', '', /name the file after what it holds/],
    ['a test of helpers', 'src/control/helpers.test.ts', '', /name the file after what it holds/],
    ['a note without an issue', 'src/a.ts', `// ${'TO'}DO: later`, /src\/a\.ts:1: .* without the number of its issue/],
    ['a note in a block comment', 'src/a.ts', `/*\n * ${'FIX'}ME\n */`, /src\/a\.ts:2: /],
    ['an exported tenant', 'src/a.ts', 'export const tenantId = 1', /tenantId uses 'tenant'/],
    ['an exported helper class', 'src/a.ts', 'export class RetryHelper {}', /RetryHelper uses 'helper'/],
    ['an exported provisioning key', 'src/a.ts', 'export type ProvisioningKeyRow = 1', /managementKey/],
  ])('%s is a fault', (_name, file, text, expected) => {
    write(file, text)
    expect(checkNames(root).faults.join('\n')).toMatch(expected)
  })

  test.each([
    ['a note with the number of its issue', 'src/a.ts', `// ${'TO'}DO(#12): later`],
    ['a wire name in a string', 'src/a.ts', "export const field = 'provisioning_key'"],
    ['a word that only contains a banned one', 'src/a.ts', 'export const utilization = 1'],
    ['a folder called common', 'src/contract/common/errors.ts', ''],
    ['an installed package', 'test/bench/node_modules/a/utils.ts', ''],
  ])('%s is fine', (_name, file, text) => {
    write(file, text)
    expect(checkNames(root).faults).toEqual([])
  })
})

describe('controls that change something', () => {
  const CHANGE = `const change = useChange(updateKeys, { refreshes: [] })\n`
  const faults = (text: string) => changingControlFaults([{ file: 'dashboard/src/pages/things/thing.tsx', text }])

  test.each([
    ['an operation that no control names', CHANGE, /no control of the page carries data-operation=\{updateKeys[.]id\}/],
    [
      'a button that carries one out and names none',
      `${CHANGE}<Button onClick={() => change.mutate({})}>Go</Button><a data-operation={updateKeys.id} />`,
      /thing[.]tsx:2: a control/,
    ],
    [
      'a button that sends the form of one and names none',
      `${CHANGE}<Button isBusy={true}\n type="submit">Go</Button><a data-operation={updateKeys.id} />`,
      /thing[.]tsx:2: a control/,
    ],
  ])('%s is a fault', (_name, text, expected) => expect(faults(text).join('\n')).toMatch(expected))

  test.each([
    [
      'one that is named',
      `${CHANGE}<Button data-operation={updateKeys.id} onClick={() => change.mutate({})}>Go</Button>`,
    ],
    [
      'one that is named by another name',
      `const { updateKeys: update } = KEY_OPERATIONS\nconst change = useChange(update, {})\n<ConfirmDialog operation={update} onConfirm={() => change.mutate({})} />`,
    ],
    [
      'one of two, as the case may be',
      `${CHANGE}<Button data-operation={(isNew ? createKeys : updateKeys).id} type="submit">Go</Button>`,
    ],
    [
      'a button that changes nothing',
      `${CHANGE}<Button onClick={() => open()}>Open</Button><a operation={updateKeys} />`,
    ],
    ['what only reads', `const test = useChange(testGuardrail, {})`],
  ])('%s is fine', (_name, text) => expect(faults(text)).toEqual([]))
})

describe('migrations', () => {
  const FIRST = 'src/store/migrations/0001_first.sql'
  beforeEach(() => write(FIRST, 'CREATE TABLE a ();'))

  test('a migration that is not recorded is a fault until it is written', () => {
    expect(checkMigrations(root).faults).toEqual([expect.stringContaining('0001_first.sql: not recorded')])
    writeMigrationSums(root)
    expect(checkMigrations(root).faults).toEqual([])
  })

  test('a recorded migration must not change, and must not go', () => {
    writeMigrationSums(root)
    write(FIRST, 'CREATE TABLE b ();')
    expect(checkMigrations(root).faults).toEqual([expect.stringContaining('changed after it was recorded')])
    rmSync(join(root, FIRST))
    expect(checkMigrations(root).faults).toEqual([expect.stringContaining('but gone')])
  })

  test.skipIf(!hasGit)('--write records an uncommitted migration again, a committed one never', () => {
    git('init', '--quiet')
    writeMigrationSums(root)
    write(FIRST, 'CREATE TABLE b ();')
    writeMigrationSums(root)
    expect(checkMigrations(root).faults).toEqual([])
    git('add', '.')
    git(
      '-c',
      'user.name=a',
      '-c',
      'user.email=a@b',
      '-c',
      'commit.gpgsign=false',
      'commit',
      '--quiet',
      '--message',
      'first',
    )
    write(FIRST, 'CREATE TABLE c ();')
    write('src/store/migrations/0002_second.sql', '')
    writeMigrationSums(root)
    expect(checkMigrations(root).faults).toEqual([expect.stringContaining('0001_first.sql: changed')])
  })

  test('without history --write never replaces a sum', () => {
    writeMigrationSums(root)
    write(FIRST, 'CREATE TABLE b ();')
    writeMigrationSums(root)
    expect(checkMigrations(root).faults).toEqual([expect.stringContaining('changed')])
  })
})

describe('permission table', () => {
  const PAGE = 'docs/roles.md'
  const START = '<!-- permission-table:start -->'
  const END = '<!-- permission-table:end -->'

  test('a page that says something else is a fault until it is written; the text around it stays', () => {
    write(PAGE, `before\n${START}\nold\n${END}\nafter\n`)
    expect(checkPermissionTable(root).faults).toEqual([expect.stringContaining('old')])
    writePermissionTable(root)
    expect(checkPermissionTable(root).faults).toEqual([])
    const page = readFileSync(join(root, PAGE), 'utf8')
    expect(page).toMatch(/^before\n<!-- [\s\S]* -->\nafter\n$/)
    expect(page).toContain('| `key:create` | all | own | – | – |')
  })

  test('a page without the markers is a fault', () => {
    write(PAGE, 'no table')
    expect(checkPermissionTable(root).faults).toEqual([expect.stringContaining('markers')])
  })
})

describe('ability table', () => {
  const PAGE = 'docs/formats.md'

  test('a page that says something else is a fault until it is written; the text around it stays', () => {
    write(PAGE, 'before\n<!-- ability-table:start -->\nold\n<!-- ability-table:end -->\nafter\n')
    expect(checkAbilityTable(root).faults).toEqual([expect.stringContaining('old')])
    writeAbilityTable(root)
    expect(checkAbilityTable(root).faults).toEqual([])
    const page = readFileSync(join(root, PAGE), 'utf8')
    expect(page).toMatch(/^before\n<!-- [\s\S]* -->\nafter\n$/)
    expect(page).toContain('| stop sequences | yes | left out | yes | yes | yes |')
  })

  test('a page without the markers is a fault', () => {
    write(PAGE, 'no table')
    expect(checkAbilityTable(root).faults).toEqual([expect.stringContaining('markers')])
  })
})

describe('import table', () => {
  const PAGE = 'ARCHITECTURE.md'
  beforeEach(() => {
    write('src/store/a.ts', '')
    write('src/main.ts', '')
    setTable({ store: ['platform'], main: 'everything' })
  })

  test('a page that says something else is a fault until it is written; the text around it stays', () => {
    write(PAGE, 'before\n<!-- import-table:start -->\nold\n<!-- import-table:end -->\nafter\n')
    expect(checkImportTable(root).faults).toEqual([expect.stringContaining('differs')])
    writeImportTable(root)
    expect(checkImportTable(root).faults).toEqual([])
    expect(readFileSync(join(root, PAGE), 'utf8')).toMatch(
      /^before\n<!-- import-table:start -->\n[\s\S]*\| `store\/` \| `platform` \| `pg` \|\n[\s\S]*<!-- import-table:end -->\nafter\n$/,
    )
    setTable({ store: ['platform', 'domain'], main: 'everything' })
    expect(checkImportTable(root).faults).toEqual([expect.stringContaining('differs')])
  })

  test('a page without the markers is a fault', () => {
    write(PAGE, 'no table')
    expect(checkImportTable(root).faults).toEqual([expect.stringContaining('markers')])
  })

  test('a folder without a row is a fault', () => {
    write('src/surprise/a.ts', '')
    expect(checkImportTable(root).faults).toEqual([expect.stringContaining('src/surprise: no row')])
  })

  function setTable(mayImport: Record<string, unknown>): void {
    write('tools/import-table.json', JSON.stringify({ mayImport, ownedPackages: { store: ['pg'] } }))
  }
})

function write(file: string, text: string): void {
  mkdirSync(join(root, dirname(file)), { recursive: true })
  writeFileSync(join(root, file), text)
}

function git(...args: string[]): void {
  const { status, stderr } = spawnSync('git', args, { cwd: root, encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(status).toBe(0)
}
