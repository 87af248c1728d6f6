import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { findFreePort, startServerProcess, waitUntilServing } from '../harness/server-process.ts'
import { installPortkey, MODEL, rawRequest, SUBJECT_CORE, type Subject, startPortkey } from './subjects.ts'

const run = promisify(execFile)

/** Dollars for a token, the same at each gateway; those of LiteLLM are in its files. */
export const PRICES_USD = { prompt: 0.000001, completion: 0.00008 }
/** A budget that nothing here comes near to. */
export const AMPLE_USD = 1_000_000
const LITELLM = join(import.meta.dirname, 'litellm')
const LITELLM_INSTALLED = join(import.meta.dirname, '../../.tmp/peers/litellm')
const START_TIMEOUT_MS = 120_000
const INSTALL_TIMEOUT_MS = 600_000
const STOP_TIMEOUT_MS = 30_000

/** A reason stands where there is nothing to measure. */
export type Reason = string

export interface Peer {
  name: string
  /** What it was given beside its configuration. */
  setting: string
  /** Throws where it can't be had on this machine. */
  install: () => Promise<void> | void
  startPlain: (upstreamPort: number) => Promise<Subject>
  /** With a budget on the key that its request carries, enforced. */
  startGoverned: ((upstreamPort: number, budgetUsd: number) => Promise<GovernedSubject>) | Reason
}

export interface GovernedSubject extends Subject {
  url: string
  key: string
  isRefusal: (status: number, text: string) => boolean
  /** Of answers by their ids: those that its own log of spending doesn't have. */
  missingRows: (ids: readonly string[]) => Promise<string[]>
  newKey: () => Promise<string>
  revoke: (key: string) => Promise<void>
}

export const PEERS: readonly Peer[] = [
  {
    name: 'switchyard',
    setting: process.env['DATABASE_URL'] ? 'PostgreSQL and Redis' : 'embedded database',
    install: () => {},
    startPlain: (port) => startSwitchyard(port, { rate_limit_rpm: 0 }),
    startGoverned: (port, budgetUsd) => startSwitchyard(port, { rate_limit_rpm: 0, limit: budgetUsd }),
  },
  {
    name: 'portkey',
    setting: 'npm, no state of its own',
    install: installPortkey,
    startPlain: startPortkey,
    // Keys with budgets are of its hosted and enterprise editions: https://portkey.ai/docs/product/product-feature-comparison
    startGoverned: 'not offered in its open-source edition, which has no keys, budgets or logs of its own',
  },
  {
    name: 'litellm',
    setting: 'PyPI, one worker, without its database',
    install: installLitellm,
    startPlain: startLitellm,
    // https://docs.litellm.ai/docs/proxy/users: budgets need its database, without which none of them caps anything.
    startGoverned:
      'its keys, budgets and log of spending need its database, whose client (Prisma) is completed by a download from outside the registries',
  },
  {
    name: 'bifrost',
    setting: '',
    install: () => {
      throw new Error('its npm package (1.6.3) is a starter that downloads the program from outside the registries')
    },
    startPlain: () => Promise.reject(new Error('not installed')),
    startGoverned: 'not installed',
  },
]

async function startSwitchyard(
  upstreamPort: number,
  fields: Readonly<Record<string, unknown>>,
): Promise<GovernedSubject> {
  const pricing = { prompt: String(PRICES_USD.prompt), completion: PRICES_USD.completion.toFixed(6) }
  const model = { id: MODEL, upstream_id: 'bench-model', pricing, context_length: 128_000 }
  const base_url = `http://127.0.0.1:${upstreamPort}/v1`
  const provider = { slug: 'bench', name: 'bench', dialect: 'openai-chat', base_url, models: [model] }
  const redis = process.env['REDIS_URL']
  const gateway = await startGateway({
    config: { providers: [provider] },
    env: redis ? { REDIS_URL: redis } : {},
    commandPrefix: ['taskset', '-c', SUBJECT_CORE],
    store: process.env['DATABASE_URL'] ? 'postgres' : 'embedded',
    isAsShipped: true,
  })
  const key = await gateway.createKey(fields)
  return {
    name: 'switchyard',
    port: Number(new URL(gateway.url).port),
    pid: gateway.pid,
    format: 'chat',
    request: (stream) => rawRequest('/api/v1/chat/completions', { authorization: `Bearer ${key}` }, { stream }),
    stop: async () => void (await gateway.stop()),
    url: `${gateway.url}/api/v1/chat/completions`,
    key,
    isRefusal: (status) => status === 402,
    missingRows: (ids) => missingGenerations(gateway, ids),
    ...keysOf(gateway),
  }
}

function keysOf(gateway: Gateway): Pick<GovernedSubject, 'newKey' | 'revoke'> {
  const hashes = new Map<string, string>()
  return {
    newKey: async () => {
      const { body } = await gateway.call('POST', '/api/v1/keys', { body: { name: 'revoked', rate_limit_rpm: 0 } })
      const { data, key } = body as { key: string; data: { hash: string } }
      hashes.set(key, data.hash)
      return key
    },
    revoke: async (key) => {
      const { status } = await gateway.call('DELETE', `/api/v1/keys/${hashes.get(key)}`)
      if (status !== 200) throw new Error(`DELETE of a key answered ${status}`)
    },
  }
}

async function missingGenerations(gateway: Gateway, ids: readonly string[]): Promise<string[]> {
  const missing: string[] = []
  for (const id of ids) {
    const { status } = await gateway.call('GET', `/api/v1/generation?id=${encodeURIComponent(id)}`)
    if (status !== 200) missing.push(id)
  }
  return missing
}

/** Into a folder of its own; again when what is wanted has changed since. */
async function installLitellm(): Promise<void> {
  const wanted = await readFile(join(LITELLM, 'requirements.txt'), 'utf8')
  const stamp = join(LITELLM_INSTALLED, 'requirements.txt')
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === wanted) return
  await rm(LITELLM_INSTALLED, { recursive: true, force: true })
  await mkdir(LITELLM_INSTALLED, { recursive: true })
  const options = { timeout: INSTALL_TIMEOUT_MS }
  await run('python3', ['-m', 'venv', LITELLM_INSTALLED], options)
  await run(litellmProgram('pip'), ['install', '--quiet', '-r', join(LITELLM, 'requirements.txt')], options)
  await writeFile(stamp, wanted)
}

function litellmProgram(name: string): string {
  return join(LITELLM_INSTALLED, 'bin', name)
}

async function startLitellm(upstreamPort: number): Promise<Subject> {
  const key = `sk-${randomBytes(24).toString('hex')}`
  const port = await findFreePort()
  const args = [
    '--config',
    join(LITELLM, 'config.yaml'),
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--num_workers',
    '1',
  ]
  const child = await startServerProcess({
    command: ['taskset', '-c', SUBJECT_CORE, litellmProgram('python'), litellmProgram('litellm'), ...args],
    cwd: LITELLM,
    env: {
      LITELLM_MODE: 'PRODUCTION',
      LITELLM_LOG: 'ERROR',
      // Its list of prices comes with the package; else it would be asked for over the network at each start.
      LITELLM_LOCAL_MODEL_COST_MAP: 'True',
      LITELLM_MASTER_KEY: key,
      PYTHONDONTWRITEBYTECODE: '1',
      UPSTREAM_BASE_URL: `http://127.0.0.1:${upstreamPort}/v1`,
    },
  })
  await waitUntilServing(child, `http://127.0.0.1:${port}/health/liveliness`, START_TIMEOUT_MS)
  return {
    name: 'litellm',
    port,
    pid: child.pid,
    format: 'chat',
    request: (stream) => rawRequest('/v1/chat/completions', { authorization: `Bearer ${key}` }, { stream }),
    stop: async () => void (await child.terminate(STOP_TIMEOUT_MS).catch(() => {})),
  }
}
