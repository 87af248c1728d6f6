import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { createGovernedKey, GOVERNED_ENV } from '../harness/governed-key.ts'
import { findFreePort, type ServerProcess, startServerProcess, waitUntilServing } from '../harness/server-process.ts'
import type { LoadFormat } from './measurement.ts'

/** The core of what is measured; upstream, load and, as far as it may be moved, PostgreSQL have the other one. */
export const SUBJECT_CORE = '0'
const PROVIDER = 'bench'
export const MODEL = 'bench/model'
/** The same at a provider that speaks Anthropic's format. */
const CLAUDE = 'bench/claude'
const START_TIMEOUT_MS = 30_000

/** Something between load and upstream: the load's raw request for it, and its process. */
export interface Subject {
  name: string
  port: number
  pid: number
  /** Of requests and answers. */
  format: LoadFormat
  request: (stream: boolean) => string
  stop: () => Promise<void>
}

export async function startForwarder(upstreamPort: number): Promise<Subject> {
  const port = await findFreePort()
  const child = await startPinned(port, [join(import.meta.dirname, 'forwarder.ts'), String(port), String(upstreamPort)])
  return {
    name: 'forwarder',
    port,
    pid: child.pid,
    format: 'chat',
    request: (stream) => rawRequest('/v1/chat/completions', {}, { stream }),
    stop: child.kill9,
  }
}

/** Switchyard with a key that has a limit, so that authentication, hold, settlement and journal all work; then the same process where it
 *  translates: from Anthropic's format for clients, and to it for providers. */
export async function startSwitchyard(upstreamPort: number): Promise<[Subject, ...Subject[]]> {
  const { gateway, key, subject } = await startGatewaySubject('switchyard', upstreamPort, {
    env: {},
    newKey: (started) => started.createKey({ limit: 1_000_000, rate_limit_rpm: 0 }),
  })
  const headers = { authorization: `Bearer ${key}` }
  const again = { port: subject.port, pid: gateway.pid, stop: async () => {} }
  return [
    subject,
    {
      ...again,
      name: 'messages→openai-chat',
      format: 'messages',
      request: (stream) => rawRequest('/api/v1/messages', headers, { stream, format: 'messages' }),
    },
    {
      ...again,
      name: 'chat→anthropic',
      format: 'chat',
      request: (stream) => rawRequest('/api/v1/chat/completions', headers, { stream, model: CLAUDE }),
    },
  ]
}

/** The same with everything that can govern a key: six limits, networks, a guardrail, filters that redact. */
export async function startGoverned(upstreamPort: number): Promise<Subject> {
  const newKey = (gateway: Gateway) => createGovernedKey(gateway, { model: MODEL, provider: PROVIDER, rateLimitRpm: 0 })
  return (await startGatewaySubject('governed', upstreamPort, { env: GOVERNED_ENV, newKey })).subject
}

async function startGatewaySubject(
  name: string,
  upstreamPort: number,
  { env, newKey }: { env: Readonly<Record<string, string>>; newKey: (gateway: Gateway) => Promise<string> },
): Promise<{ gateway: Gateway; key: string; subject: Subject }> {
  const providers = [
    provider(upstreamPort, { slug: PROVIDER, dialect: 'openai-chat', id: MODEL }),
    provider(upstreamPort, { slug: 'claude', dialect: 'anthropic', id: CLAUDE }),
  ]
  const gateway = await startGateway({
    config: { providers },
    env,
    commandPrefix: ['taskset', '-c', SUBJECT_CORE],
    store: process.env['DATABASE_URL'] ? 'postgres' : 'embedded',
    isAsShipped: true,
  })
  const key = await newKey(gateway)
  const subject: Subject = {
    name,
    port: Number(new URL(gateway.url).port),
    pid: gateway.pid,
    format: 'chat',
    request: (stream) => rawRequest('/api/v1/chat/completions', { authorization: `Bearer ${key}` }, { stream }),
    stop: async () => {
      await gateway.stop()
    },
  }
  return { gateway, key, subject }
}

function provider(upstreamPort: number, { dialect, id, slug }: { dialect: string; id: string; slug: string }): object {
  const model = {
    id,
    upstream_id: 'bench-model',
    pricing: { prompt: '0.000001', completion: '0.000002' },
    context_length: 128_000,
  }
  return { slug, name: slug, dialect, base_url: `http://127.0.0.1:${upstreamPort}/v1`, models: [model] }
}

export async function startPortkey(upstreamPort: number): Promise<Subject> {
  installPortkey()
  const port = await findFreePort()
  const program = join(import.meta.dirname, 'node_modules/@portkey-ai/gateway/build/start-server.js')
  const child = await startPinned(port, [program, `--port=${port}`, '--headless'])
  const headers = {
    authorization: 'Bearer none',
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': `http://127.0.0.1:${upstreamPort}/v1`,
  }
  return {
    name: 'portkey',
    port,
    pid: child.pid,
    format: 'chat',
    request: (stream) => rawRequest('/v1/chat/completions', headers, { stream }),
    stop: child.kill9,
  }
}

/** The upstream alone, with nothing between: what the load generator itself can do. */
export function direct(upstreamPort: number): Omit<Subject, 'pid' | 'stop'> {
  return {
    name: 'upstream alone',
    port: upstreamPort,
    format: 'chat',
    request: (stream) => rawRequest('/v1/chat/completions', {}, { stream }),
  }
}

interface RequestOptions {
  stream: boolean
  format?: LoadFormat
  model?: string
}

export function rawRequest(
  path: string,
  headers: Record<string, string>,
  { format = 'chat', model = MODEL, stream }: RequestOptions,
): string {
  const system = 'You answer briefly and to the point.'
  const content = 'What does a gateway do between an application and a model, and what does it cost? '.repeat(2)
  const question = { role: 'user', content }
  const asked =
    format === 'messages'
      ? { system, messages: [question] }
      : { messages: [{ role: 'system', content: system }, question] }
  const body = JSON.stringify({ model, ...asked, temperature: 0.5, max_tokens: 256, stream })
  const lines = Object.entries({
    host: '127.0.0.1',
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}`)
  return `POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`
}

/** Into a folder of the benchmark's own, from its own lock file; again when that has changed since. */
export function installPortkey(): void {
  const timeOf = (name: string) => statSync(join(import.meta.dirname, name), { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (timeOf('node_modules/.package-lock.json') >= timeOf('package-lock.json')) return
  execFileSync('npm', ['ci', '--ignore-scripts'], { cwd: import.meta.dirname, stdio: 'inherit' })
}

async function startPinned(port: number, args: readonly string[]): Promise<ServerProcess> {
  const command = ['taskset', '-c', SUBJECT_CORE, process.execPath, ...args] as const
  const child = await startServerProcess({ command, cwd: import.meta.dirname, env: {} })
  await waitUntilServing(child, `http://127.0.0.1:${port}/`, START_TIMEOUT_MS)
  return child
}
