import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { reserveClosedPort } from '../harness/scripted-upstream.ts'
import { findFreePort, startServerProcess } from '../harness/server-process.ts'

const ROOT = join(import.meta.dirname, '../..')
const EXIT_TIMEOUT_MS = 60_000
const isPostgres = process.env['SWITCHYARD_TEST_STORE'] === 'postgres'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'start-up-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

interface Ending {
  exit: number | NodeJS.Signals
  stderr: string[]
}

/** Starts the product with nothing but `env` and waits for its end. */
async function runToEnd(env: Readonly<Record<string, string>>): Promise<Ending> {
  const stderr: string[] = []
  const base = { HOST: '127.0.0.1', PORT: String(await findFreePort()), SWITCHYARD_DATA_DIR: join(directory, 'data') }
  const program = await startServerProcess({
    command: [process.execPath, 'bin/switchyard'],
    cwd: ROOT,
    env: { ...base, ...env },
    stderr,
  })
  try {
    await expect.poll(() => program.exit(), { timeout: EXIT_TIMEOUT_MS }).toBeDefined()
    return { exit: program.exit() ?? 'SIGKILL', stderr }
  } finally {
    await program.kill9()
  }
}

/** The failures an operator meets are sentences, not stacks. */
function expectSentences({ exit, stderr }: Ending): string {
  expect(exit).toBe(1)
  expect(stderr.length).toBeGreaterThan(0)
  expect(stderr.filter((line) => /^\s+at /.test(line))).toEqual([])
  return stderr.join('\n')
}

/** What a second process on the gateway's own store is told; the first one must not notice. */
async function startSecond(first: Gateway): Promise<string> {
  const store: Record<string, string> = first.databaseUrl === undefined ? {} : { DATABASE_URL: first.databaseUrl }
  const told = expectSentences(await runToEnd({ ...store, SWITCHYARD_DATA_DIR: first.dataDir }))
  expect((await first.call('GET', '/readyz')).status).toBe(200)
  await first.createKey()
  return told
}

test('F13 a second process on the same store is refused with exit 1, and the first goes on undisturbed', async () => {
  const first = await startGateway()
  try {
    const told = await startSecond(first)
    expect(told).toContain(first.databaseUrl === undefined ? `process ${first.pid} ` : 'another Switchyard process')
  } finally {
    expect(await first.stop()).toBe(0)
  }
})

test('F13 after kill -9 the next process takes the store over, and a third is refused with the new holder', async () => {
  const gateway = await startGateway()
  try {
    for (let round = 0; round < 3; round += 1) {
      const killed = gateway.pid
      await gateway.kill9()
      await gateway.restart()
      expect(gateway.pid).not.toBe(killed)
      if (!isPostgres) expect(await startSecond(gateway)).toContain(`process ${gateway.pid} `)
    }
  } finally {
    expect(await gateway.stop()).toBe(0)
  }
})

describe('a database that cannot be used', () => {
  test('that nobody serves is a sentence that names host and port, without the password, and exit 1', async () => {
    const port = await reserveClosedPort()
    const told = expectSentences(await runToEnd({ DATABASE_URL: `postgres://user:hidden-word@127.0.0.1:${port}/name` }))
    expect(told).toContain(`127.0.0.1:${port}`)
    expect(told).not.toContain('hidden-word')
  })

  test.skipIf(!isPostgres)('that refuses the password or does not exist is a sentence and exit 1', async () => {
    const known = new URL(process.env['DATABASE_URL'] ?? '')
    const wrongPassword = new URL(known)
    wrongPassword.password = 'hidden-word'
    expect(expectSentences(await runToEnd({ DATABASE_URL: wrongPassword.href }))).not.toContain('hidden-word')
    const noSuch = new URL(known)
    noSuch.pathname = '/no_such_database'
    expect(expectSentences(await runToEnd({ DATABASE_URL: noSuch.href }))).toContain('no_such_database')
  })

  test('a data directory that cannot be written is a sentence and exit 1', async () => {
    const file = join(directory, 'file')
    writeFileSync(file, '')
    expect(expectSentences(await runToEnd({ SWITCHYARD_DATA_DIR: join(file, 'data') }))).toContain(file)
  })

  test('another secret than the one it was created with is a sentence and exit 1', async () => {
    const gateway = await startGateway()
    await gateway.stop({ keepData: true })
    await expect(gateway.restart({ SWITCHYARD_SECRET: 'another-secret-of-at-least-32-letters' })).rejects.toThrow(
      'server ended with 1 before serving',
    )
    expect(gateway.stderr.join('\n')).toMatch(/SWITCHYARD_SECRET/)
    await gateway.stop()
  })
})

describe('settings', () => {
  test('every wrong variable is told in one go, by name and without secrets', async () => {
    const told = expectSentences(
      await runToEnd({
        PORT: '99999',
        SWITCHYARD_MANAGEMENT_KEY: 'sk-or-v1-hidden-word',
        SWITCHYARD_BILLING: 'sometimes',
        DATABASE_URL: 'mysql://localhost/x',
        SWITCHYARD_FLUSH_INTERVAL_MS: 'soon',
      }),
    )
    for (const name of [
      'PORT',
      'SWITCHYARD_MANAGEMENT_KEY',
      'SWITCHYARD_BILLING',
      'DATABASE_URL',
      'SWITCHYARD_FLUSH_INTERVAL_MS',
    ]) {
      expect(told).toContain(name)
    }
    expect(told).not.toContain('hidden-word')
  })

  test('an address that is reachable from outside needs a word about TLS', async () => {
    expect(expectSentences(await runToEnd({ HOST: '0.0.0.0' }))).toMatch(/HOST.*TRUSTED_PROXIES/)
  })

  test('a port that another process has is a sentence with the address, and exit 1', async () => {
    const holder = createServer()
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
    const { port } = holder.address() as AddressInfo
    const told = expectSentences(await runToEnd({ PORT: String(port) }))
    holder.close()
    expect(told).toContain(`127.0.0.1:${port}`)
  })

  test('every fault of the config file is told in one go, with its line and its key', async () => {
    const path = join(directory, 'switchyard.yaml')
    writeFileSync(
      path,
      [
        'providers:',
        '  - slug: Alpha Provider',
        '    name: Alpha',
        '    dialect: openai-chatt',
        '    base_url: not-a-url',
        '    api_key: x',
        '    colour: blue',
        '    models:',
        '      - id: alpha/small',
        '        upstream_id: small',
        '        pricing: { prompt: "-1", completion: "cheap" }',
        '        context_length: many',
      ].join('\n'),
    )
    const told = expectSentences(await runToEnd({ SWITCHYARD_CONFIG: path }))
    const faults = [
      [2, 'slug'],
      [4, 'dialect'],
      [5, 'base_url'],
      [7, 'colour'],
      [11, 'prompt'],
      [11, 'completion'],
      [12, 'context_length'],
    ] as const
    for (const [line, name] of faults) expect(told).toMatch(new RegExp(`${line}\\b.*${name}`))
  })

  test('a config file that is no YAML, is missing or may not be read is a sentence and exit 1', async () => {
    const path = join(directory, 'switchyard.yaml')
    expect(expectSentences(await runToEnd({ SWITCHYARD_CONFIG: path }))).toContain(path)
    writeFileSync(path, 'providers: [')
    expect(expectSentences(await runToEnd({ SWITCHYARD_CONFIG: path }))).toContain('switchyard.yaml')
    rmSync(path)
    writeFileSync(path, 'providers: []')
    chmodSync(path, 0)
    // The superuser may read everything.
    if (process.getuid?.() !== 0) expectSentences(await runToEnd({ SWITCHYARD_CONFIG: path }))
  })
})
