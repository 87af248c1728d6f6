import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CruiseReport, cruise, cruiseFaults } from '../../tools/cruise.ts'

const ROOT = join(import.meta.dirname, '../..')
/** It reads every file there is, which takes long on a machine that has other work. */
const CRUISE_TIMEOUT_MS = 120_000
const CRUISER = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs')

/** What may be imported: one file in each place that a planted file reaches for. */
const TARGETS = [
  'src/contract/target.ts',
  'src/domain/target.ts',
  'src/gateway/ports.ts',
  'src/gateway/stages/target.ts',
  'src/http/target.ts',
  'src/platform/target.ts',
  'src/store/target.ts',
  'src/store/queries/target.ts',
  'dashboard/src/target.ts',
  'test/target.ts',
  'src/main.ts',
]

/** [what is forbidden, the file that does it, the module it imports, the rule that must speak] */
const VIOLATIONS: readonly (readonly [string, string, string, string])[] = [
  ['the gateway imports the store', 'src/gateway/a.ts', '../store/target.ts', 'gateway-imports'],
  ['the gateway imports a query', 'src/gateway/stages/b.ts', '../../store/queries/target.ts', 'gateway-imports'],
  [
    'the gateway reaches the store directly',
    'src/gateway/a.ts',
    '../store/target.ts',
    'hot-path-never-reaches-the-database',
  ],
  [
    'the gateway reaches the store through another folder',
    'src/gateway/stages/c.ts',
    '../../observe/bridge.ts',
    'hot-path-never-reaches-the-database',
  ],
  ['the gateway imports the driver', 'src/gateway/d.ts', 'pg', 'hot-path-never-reaches-the-database'],
  ['a dialect opens sockets', 'src/dialects/a.ts', 'node:net', 'dialects-do-no-io'],
  ['a rule reads files', 'src/domain/a.ts', 'node:fs', 'dialects-do-no-io'],
  ['the contract uses Node', 'src/contract/a.ts', 'node:path', 'dialects-do-no-io'],
  ['the contract imports a package beside zod', 'src/contract/b.ts', 'ipaddr.js', 'contract-imports-only-zod'],
  ['the contract imports our code', 'src/contract/c.ts', '../platform/target.ts', 'contract-imports'],
  ['platform knows the domain', 'src/platform/a.ts', '../domain/target.ts', 'platform-imports'],
  ['control speaks HTTP', 'src/control/keys/a.ts', 'fastify', 'only-http-imports-fastify'],
  ['control imports the HTTP folder', 'src/control/b.ts', '../http/target.ts', 'control-imports'],
  ['control opens its own database', 'src/control/c.ts', '@electric-sql/pglite', 'only-store-imports-pg'],
  ['control runs the query builder', 'src/control/d.ts', 'kysely', 'only-store-imports-pg'],
  ['control sends requests', 'src/control/e.ts', 'undici', 'only-upstream-imports-undici'],
  ['control logs by itself', 'src/control/f.ts', 'pino', 'only-observe-imports-pino'],
  ['HTTP reads YAML', 'src/http/a.ts', 'yaml', 'only-config-imports-yaml'],
  ['HTTP imports the store', 'src/http/b.ts', '../store/target.ts', 'http-imports'],
  ['the store imports a stage', 'src/store/a.ts', '../gateway/stages/target.ts', 'store-imports'],
  ['the upstream imports a stage', 'src/upstream/a.ts', '../gateway/stages/target.ts', 'upstream-imports'],
  [
    'the server imports the dashboard',
    'src/http/c.ts',
    '../../dashboard/src/target.ts',
    'server-never-imports-dashboard',
  ],
  ['the server imports test code', 'src/http/d.ts', '../../test/target.ts', 'server-never-imports-dashboard'],
  [
    'the dashboard imports a rule',
    'dashboard/src/a.ts',
    '../../src/domain/target.ts',
    'dashboard-sees-only-the-contract',
  ],
  ['anything imports the composition root', 'src/cli/a.ts', '../main.ts', 'nothing-imports-main'],
  ['an import leads nowhere', 'src/control/g.ts', './missing.ts', 'no-unresolvable'],
]

const ALLOWED: readonly (readonly [string, string, string])[] = [
  ['the store implements the ports', 'src/store/ok.ts', '../gateway/ports.ts'],
  ['control calls the store', 'src/control/ok.ts', '../store/target.ts'],
  ['HTTP calls the gateway', 'src/http/ok.ts', '../gateway/stages/target.ts'],
  ['the dashboard imports the contract', 'dashboard/src/ok.ts', '../../src/contract/target.ts'],
  ['the domain hashes', 'src/domain/ok.ts', 'node:crypto'],
  ['the command line imports the store', 'src/cli/ok.ts', '../store/target.ts'],
]

let directory: string
let report: CruiseReport

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'switchyard-imports-'))
  mkdirSync(join(directory, 'tools'))
  for (const file of ['.dependency-cruiser.cjs', 'tools/import-table.json', 'package.json']) {
    cpSync(join(ROOT, file), join(directory, file))
  }
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
  for (const file of TARGETS) plant(file, 'export const target = 1')
  for (const [, file, specifier] of [...VIOLATIONS, ...ALLOWED]) plant(file, `import '${specifier}'`)
  plant('src/observe/bridge.ts', `import '../store/target.ts'`)
  plant('src/control/ring.ts', `import './ring-back.ts'`)
  plant('src/control/ring-back.ts', `import './ring.ts'`)
  plant('src/control/alone.ts', 'export const alone = 1')
  plant(
    'src/gateway/using.ts',
    `export async function open() {\n  await using a = await import('../store/target.ts')\n}`,
  )
  plant('src/control/type-only.ts', `import type { Kysely } from 'kysely'\nexport type Db = Kysely<unknown>`)
  report = await cruise(directory, CRUISER)
}, CRUISE_TIMEOUT_MS)

afterAll(() => rmSync(directory, { recursive: true, force: true }))

test('the tree as it is breaks no rule, and all of its files were looked at', {
  timeout: CRUISE_TIMEOUT_MS,
}, async () => {
  const real = await cruise(ROOT, CRUISER)
  expect(cruiseFaults(real)).toEqual([])
  expect(real.moduleCount).toBeGreaterThan(100)
})

describe('an import is refused by name when', () => {
  test.each(VIOLATIONS)('%s', (_name, file, _specifier, rule) => {
    expect(rulesBrokenBy(file)).toContain(rule)
  })

  test('the import is in a `using` declaration', () => {
    expect(rulesBrokenBy('src/gateway/using.ts')).toContain('gateway-imports')
  })

  test('two files import each other', () => {
    expect([...rulesBrokenBy('src/control/ring.ts'), ...rulesBrokenBy('src/control/ring-back.ts')]).toEqual([
      'no-cycles',
    ])
  })

  test('nothing imports a file and it imports nothing', () => {
    expect(rulesBrokenBy('src/control/alone.ts')).toEqual(['no-orphans'])
  })
})

describe('an import is allowed when', () => {
  test.each(ALLOWED)('%s', (_name, file) => {
    expect(rulesBrokenBy(file)).toEqual([])
  })

  test('only the types of the query builder are used', () => {
    expect(rulesBrokenBy('src/control/type-only.ts')).toEqual([])
  })
})

test('a cruiser that reads none of our files is a fault, not a clean result', {
  timeout: CRUISE_TIMEOUT_MS,
}, async () => {
  const config = join(directory, '.dependency-cruiser.cjs')
  const original = readFileSync(config, 'utf8')
  writeFileSync(config, original.replace("exclude: { path: '^test/bench/node_modules' }", "exclude: { path: '[.]ts' }"))
  try {
    const blind = await cruise(directory, CRUISER)
    expect(blind.violations).toEqual([])
    expect(cruiseFaults(blind).join('\n')).toMatch(/^only 0 of \d+ files were cruised/)
  } finally {
    writeFileSync(config, original)
  }
})

function plant(file: string, text: string): void {
  mkdirSync(join(directory, dirname(file)), { recursive: true })
  writeFileSync(join(directory, file), `${text}\n`)
}

function rulesBrokenBy(file: string): string[] {
  return [...new Set(report.violations.filter((violation) => violation.from === file).map(({ rule }) => rule))]
}
