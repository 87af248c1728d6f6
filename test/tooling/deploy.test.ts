import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SETTINGS } from '../../src/config/config.ts'
import { parseYaml } from '../../src/config/yaml-document.ts'

const ROOT = join(import.meta.dirname, '../..')
const SETTING_NAMES = [...Object.keys(SETTINGS.shape), 'NODE_ENV', 'MALLOC_ARENA_MAX', 'MALLOC_MMAP_THRESHOLD_']
const [, MEMORY_SETTINGS = '', PROGRAM] = /^exec env (.+) node (.*)$/.exec(readScript('start')) ?? []

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

function readScript(name: string): string {
  return (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts[name] ?? ''
}

/** Instructions, without comments. */
function instructionsOf(path: string): { word: string; rest: string }[] {
  const lines = read(path)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  return lines.map((line) => ({ word: line.slice(0, line.indexOf(' ')), rest: line.slice(line.indexOf(' ') + 1) }))
}

interface Service {
  image?: string
  build?: { context: string; dockerfile: string }
  environment?: Record<string, string>
  read_only?: boolean
  cap_drop?: string[]
  security_opt?: string[]
  tmpfs?: string[]
  healthcheck?: object
  ports?: string[]
}
const compose = parseYaml(read('deploy/compose.yaml')) as { services: Record<string, Service> }

test('the image runs as nobody in particular, checks its health, installs what is locked without scripts, and copies what is there', () => {
  const all = instructionsOf('deploy/Containerfile')
  const restsOf = (word: string) => all.filter((one) => one.word === word).map(({ rest }) => rest)
  const last = all.slice(all.findLastIndex(({ word }) => word === 'FROM'))
  expect(last.filter(({ word }) => word === 'USER')).toEqual([{ word: 'USER', rest: '1000:1000' }])
  expect(last.filter(({ word }) => word === 'HEALTHCHECK')).toHaveLength(1)
  expect(restsOf('ADD')).toEqual([])
  expect(
    restsOf('FROM').filter((image) => !/^docker\.io\/library\/node:24-[a-z]+-slim( AS build)?$/.test(image)),
  ).toEqual([])
  expect(restsOf('RUN')).toContain('npm ci --omit=dev --ignore-scripts --no-audit --no-fund')
  const copied = restsOf('COPY')
    .filter((rest) => !rest.startsWith('--from'))
    .flatMap((rest) => rest.split(' ').slice(0, -1))
  expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  expect(MEMORY_SETTINGS).not.toBe('')
  expect(restsOf('ENV').join('\n')).toContain(` ${MEMORY_SETTINGS}`)
  const variables = restsOf('ENV').flatMap((rest) => rest.split(' ').map((pair) => pair.split('=')[0]))
  expect(variables.filter((name) => !SETTING_NAMES.includes(name ?? ''))).toEqual([])
  expect(restsOf('CMD').map((rest) => (JSON.parse(rest) as string[]).slice(1).join(' '))).toEqual([PROGRAM])
})

test('what compose starts cannot write its root, has no privileges, no settings that nobody knows, and images with a version', () => {
  const { switchyard, ...others } = compose.services
  expect(switchyard).toMatchObject({
    read_only: true,
    tmpfs: ['/tmp'],
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    build: { context: '..', dockerfile: 'deploy/Containerfile' },
    ports: [expect.stringMatching(/^127\.0\.0\.1:/)],
  })
  expect(Object.keys(switchyard?.environment ?? {}).filter((name) => !SETTING_NAMES.includes(name))).toEqual([])
  for (const { image, healthcheck } of Object.values(others)) {
    expect(image).toMatch(/^docker\.io\/[a-z/]+:\d+$/)
    expect(healthcheck).toBeDefined()
  }
})

test('the unit of systemd starts the same program with settings that there are, and may write its own data alone', () => {
  const unit = read('deploy/switchyard.service')
  expect(unit).toContain(`ExecStart=/opt/switchyard/node_modules/.bin/node ${PROGRAM}\n`)
  const names = [...unit.matchAll(/^Environment=(.*)$/gm)].flatMap((match) =>
    (match[1] ?? '').split(' ').map((pair) => pair.split('=')[0] ?? ''),
  )
  expect(names.filter((name) => !SETTING_NAMES.includes(name))).toEqual([])
  expect(unit).toContain(` ${MEMORY_SETTINGS}\n`)
  for (const line of ['DynamicUser=yes', 'ProtectSystem=strict', 'NoNewPrivileges=yes', 'StateDirectory=switchyard'])
    expect(unit).toContain(`\n${line}\n`)
})

const SYSTEMD_ANALYZE = '/usr/bin/systemd-analyze'
test.skipIf(!existsSync(SYSTEMD_ANALYZE))(
  'systemd finds nothing wrong with its unit but that it is not installed here',
  () => {
    const unit = join(ROOT, 'deploy/switchyard.service')
    const output = execFileSync('/bin/sh', ['-c', `${SYSTEMD_ANALYZE} verify '${unit}' 2>&1 || true`], {
      encoding: 'utf8',
    })
    const lines = output.split('\n').filter((line) => line.includes('switchyard.service'))
    expect(lines.filter((line) => !line.includes('is not executable'))).toEqual([])
  },
)
