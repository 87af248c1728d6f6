/**
 * Starts the real product as a process of its own: an environment with nothing of the developer's, a free port, a data
 * directory in the system's temporary folder and, with `SWITCHYARD_TEST_STORE=postgres`, a database of its own.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { bundledProduct } from './bundled-product.ts'
import { copyEmbeddedTemplate } from './embedded-template.ts'
import { EMBEDDED_FLAGS } from './run-switchyard.ts'
import { findFreePort, type ServerProcess, startServerProcess, waitUntilServing } from './server-process.ts'
import { createMigratedDatabase, createTestDatabase, type TestDatabase } from './test-database.ts'
import { copyEmptyStore } from './test-store.ts'

export interface GatewayOptions {
  /** Content of the config file. Without it the gateway has only its built-in provider. */
  config?: unknown
  env?: Readonly<Record<string, string>>
  /** Taken as it is where it exists, and kept at `stop`. Without it a new one is made and removed. */
  dataDir?: string
  /** Default: `postgres` if SWITCHYARD_TEST_STORE says so, else embedded. */
  store?: 'embedded' | 'postgres'
  /** An existing database, kept at `stop`: for several replicas over one. Implies `postgres`. */
  databaseUrl?: string
  managementKey?: string
  port?: number
  /** Put before the program, such as `['taskset', '-c', '0']`. */
  commandPrefix?: readonly string[]
  /** Starts from nothing: an empty data directory, a database without a schema. By default it starts on copies of what was
   *  prepared once. */
  firstStart?: boolean
  startTimeoutMs?: number
  /** Runs what `npm start` runs, for what measures and for what is about the program itself. Default: as `firstStart` says. Others
   *  run the same modules bundled, and with flags that make a start cheaper. */
  isAsShipped?: boolean
}

export interface CallOptions {
  /** Default: the management key. `null` sends no Authorization header. */
  key?: string | null
  body?: unknown
  headers?: Readonly<Record<string, string>>
}

export interface Gateway {
  /** `http://127.0.0.1:<port>`, without the API base; https where `env` has TLS_CERT, which this process must trust then
   *  (`tls.setDefaultCACertificates`). Stays the same over restarts. */
  readonly url: string
  readonly managementKey: string
  readonly dataDir: string
  readonly databaseUrl: string | undefined
  readonly pid: number
  /** Lines of all its processes, restarts included. */
  readonly stdout: readonly string[]
  readonly stderr: readonly string[]
  /** Exit code or signal of the present process; undefined while it runs. */
  exit(): number | NodeJS.Signals | undefined
  signal(signal: NodeJS.Signals): void
  /** SIGKILL to all its processes. Data stays; `restart` may follow. */
  kill9(): Promise<void>
  /** SIGTERM, exit code, then data directory and database made for it are removed, unless `keepData`. */
  stop(options?: { keepData?: boolean }): Promise<number | NodeJS.Signals>
  /** Stops it if it runs (SIGTERM) and starts it on the same port, data and config, with `env` over the first environment. */
  restart(env?: Readonly<Record<string, string>>): Promise<void>
  /** Replaces the config file: a string as it is, anything else as JSON. The gateway reloads it by itself, or at once on `signal('SIGHUP')`. */
  writeConfig(config: unknown): Promise<void>
  /** One call of the API: `path` begins with `/api`. The body is JSON when it parses as such, else text. */
  call(
    method: string,
    path: string,
    options?: CallOptions,
  ): Promise<{ status: number; headers: Headers; body: unknown }>
  /** Creates an inference key and returns its secret. Throws on any status but 201. */
  createKey(fields?: Readonly<Record<string, unknown>>): Promise<string>
  [Symbol.asyncDispose](): Promise<void>
}

const ROOT = join(import.meta.dirname, '../..')
/** What `npm start` gives to Node: settings of the C library, its memory flags and the program. */
const { env: START_ENV, args: START_ARGUMENTS } = readStart()
const START_FLAGS = START_ARGUMENTS.filter((argument) => argument.startsWith('--'))
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 45_000
/** Settings that leave traces in a database at its first use, so that a copy of one that was used would not do. */
const READ_AT_FIRST_USE = /^SWITCHYARD_(ADMIN_|BILLING|INITIAL_CREDITS|SECRET)/

export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const gateway = await GatewayProcess.prepare(options)
  try {
    await gateway.start()
  } catch (error) {
    await gateway.discard()
    throw error
  }
  return gateway
}

/** A management key as the product takes it from SWITCHYARD_MANAGEMENT_KEY: 56 random hex digits and their CRC-32. */
function newManagementKey(): string {
  const random = randomBytes(28).toString('hex')
  return `sk-or-v1-${random}${crc32(random).toString(16).padStart(8, '0')}`
}

function readStart(): { env: Record<string, string>; args: string[] } {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: { start: string } }
  const [, settings = '', args = ''] = /^exec env (.+) node (.*)$/.exec(scripts.start) ?? []
  const env = Object.fromEntries(settings.split(' ').map((setting) => setting.split('=') as [string, string]))
  return { env, args: args.split(' ') }
}

class GatewayProcess implements Gateway {
  readonly managementKey: string
  readonly url: string
  readonly dataDir: string
  readonly databaseUrl: string | undefined
  readonly stdout: string[] = []
  readonly stderr: string[] = []
  readonly #options: GatewayOptions
  readonly #workDir: string
  readonly #database: TestDatabase | undefined
  #env: Readonly<Record<string, string>>
  #process: ServerProcess | undefined

  static async prepare(options: GatewayOptions): Promise<GatewayProcess> {
    const workDir = await mkdtemp(join(tmpdir(), 'sw-test-'))
    const port = options.port ?? (await findFreePort())
    const database = wantsDatabase(options) ? await createDatabase(options) : undefined
    const gateway = new GatewayProcess(options, { workDir, port, database })
    if (options.config !== undefined) await gateway.writeConfig(options.config)
    const isEmbedded = gateway.databaseUrl === undefined
    if (isEmbedded) await copyPrepared(gateway.dataDir, options)
    return gateway
  }

  private constructor(
    options: GatewayOptions,
    made: { workDir: string; port: number; database: TestDatabase | undefined },
  ) {
    this.#options = options
    this.#workDir = made.workDir
    this.#database = made.database
    this.managementKey = options.managementKey ?? newManagementKey()
    this.url = `${options.env?.['TLS_CERT'] === undefined ? 'http' : 'https'}://127.0.0.1:${made.port}`
    this.dataDir = options.dataDir ?? join(made.workDir, 'data')
    this.databaseUrl = options.databaseUrl ?? made.database?.url
    this.#env = {
      HOST: '127.0.0.1',
      PORT: String(made.port),
      SWITCHYARD_DATA_DIR: this.dataDir,
      // Many are started at a time, and the dashboard is built once for all.
      SWITCHYARD_DASHBOARD: 'built',
      SWITCHYARD_MANAGEMENT_KEY: this.managementKey,
      // Few tests need the models of all providers that there are.
      SWITCHYARD_BYOK_PROVIDERS: 'none',
      ...(this.databaseUrl === undefined ? {} : { DATABASE_URL: this.databaseUrl }),
      ...(options.config === undefined ? {} : { SWITCHYARD_CONFIG: this.#configPath }),
      ...options.env,
    }
  }

  get pid(): number {
    return this.#running().pid
  }

  async start(): Promise<void> {
    const { args: own, env } = await this.#program()
    const [program = process.execPath, ...args] = [...(this.#options.commandPrefix ?? []), process.execPath, ...own]
    const { stdout, stderr } = this
    this.#process = await startServerProcess({ command: [program, ...args], cwd: ROOT, env, stdout, stderr })
    await waitUntilServing(this.#process, `${this.url}/readyz`, this.#options.startTimeoutMs ?? START_TIMEOUT_MS)
  }

  exit(): number | NodeJS.Signals | undefined {
    return this.#running().exit()
  }

  signal(signal: NodeJS.Signals): void {
    this.#running().signal(signal)
  }

  async kill9(): Promise<void> {
    await this.#running().kill9()
  }

  async stop({ keepData = false } = {}): Promise<number | NodeJS.Signals> {
    try {
      return await this.#terminate()
    } finally {
      if (!keepData) await this.discard()
    }
  }

  async restart(env: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.#terminate()
    this.#env = { ...this.#env, ...env }
    await this.start()
  }

  async discard(): Promise<void> {
    await this.#process?.kill9()
    await rm(this.#workDir, { recursive: true, force: true })
    await this.#database?.drop()
  }

  async writeConfig(config: unknown): Promise<void> {
    await writeFile(this.#configPath, typeof config === 'string' ? config : JSON.stringify(config, undefined, 2))
  }

  async call(method: string, path: string, options: CallOptions = {}) {
    const key = options.key === undefined ? this.managementKey : options.key
    const headers = new Headers(options.headers)
    if (key !== null) headers.set('authorization', `Bearer ${key}`)
    if (options.body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json')
    const body = options.body === undefined ? null : JSON.stringify(options.body)
    const response = await fetch(this.url + path, { method, headers, body })
    return { status: response.status, headers: response.headers, body: parseBody(await response.text()) }
  }

  async createKey(fields: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const { status, body } = await this.call('POST', '/api/v1/keys', { body: { name: 'test key', ...fields } })
    const key = typeof body === 'object' && body !== null && 'key' in body ? body.key : undefined
    if (status !== 201 || typeof key !== 'string')
      throw new Error(`POST /keys answered ${status} ${JSON.stringify(body)}`)
    return key
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  get #configPath(): string {
    return join(this.#workDir, 'switchyard.yaml')
  }

  async #program(): Promise<{ args: readonly string[]; env: Readonly<Record<string, string>> }> {
    const { firstStart = false, isAsShipped = firstStart } = this.#options
    if (isAsShipped) return { args: START_ARGUMENTS, env: { ...START_ENV, ...this.#env } }
    const { program, compileCache } = await bundledProduct()
    const flags = this.databaseUrl === undefined ? [...START_FLAGS, ...EMBEDDED_FLAGS] : START_FLAGS
    return { args: [...flags, program], env: { NODE_COMPILE_CACHE: compileCache, ...START_ENV, ...this.#env } }
  }

  #running(): ServerProcess {
    if (!this.#process) throw new Error('the gateway has not been started')
    return this.#process
  }

  async #terminate(): Promise<number | NodeJS.Signals> {
    const running = this.#running()
    return running.exit() ?? (await running.terminate(STOP_TIMEOUT_MS))
  }
}

/** Nothing has ever been started on either. */
function createDatabase({ firstStart }: GatewayOptions): Promise<TestDatabase> {
  return firstStart ? createTestDatabase(adminUrl()) : createMigratedDatabase(adminUrl())
}

async function copyPrepared(dataDir: string, { firstStart, env = {} }: GatewayOptions): Promise<void> {
  if (firstStart || existsSync(dataDir)) return
  const isFirstUse = Object.keys(env).some((name) => READ_AT_FIRST_USE.test(name))
  await (isFirstUse ? copyEmptyStore(dataDir) : copyEmbeddedTemplate(dataDir))
}

function wantsDatabase(options: GatewayOptions): boolean {
  if (options.databaseUrl !== undefined) return false
  return (options.store ?? process.env['SWITCHYARD_TEST_STORE'] ?? 'embedded') === 'postgres'
}

function adminUrl(): string {
  const url = process.env['DATABASE_URL']
  if (!url) throw new Error('a gateway on PostgreSQL needs DATABASE_URL, with a role that may create databases')
  return url
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
