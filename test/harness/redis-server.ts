import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from 'redis'
import { findFreePort, type ServerProcess, startServerProcess } from './server-process.ts'

/** Whether this machine has a Redis to start. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0

/** A Redis of a test's own, which it may stop and empty. */
export interface RedisServer {
  url: string
  flushAll(): Promise<void>
  /** Scripts that were run since its start. */
  countScripts(): Promise<number>
  kill(): Promise<void>
  /** On the same port, empty. */
  startAgain(): Promise<void>
}

const START_ATTEMPTS = 200
const START_PAUSE_MS = 50

export async function startRedis(): Promise<RedisServer> {
  const port = await findFreePort()
  const url = `redis://127.0.0.1:${port}`
  let running = await start(port, url)
  return {
    url,
    flushAll: async () => void (await withClient(url, (client) => client.flushAll())),
    countScripts: async () => {
      const info = await withClient(url, (client) => client.info('commandstats'))
      return Number(/cmdstat_evalsha:calls=(\d+)/.exec(String(info))?.[1] ?? 0)
    },
    kill: () => running.kill9(),
    startAgain: async () => {
      running = await start(port, url)
    },
  }
}

async function start(port: number, url: string): Promise<ServerProcess> {
  const persistence = ['--save', '', '--appendonly', 'no']
  const command = ['redis-server', '--bind', '127.0.0.1', '--port', String(port), ...persistence] as const
  const server = await startServerProcess({ command, cwd: tmpdir(), env: {} })
  for (let attempt = 1; ; attempt += 1) {
    try {
      await withClient(url, (client) => client.ping())
      return server
    } catch (error) {
      if (attempt === START_ATTEMPTS) throw error
      await sleep(START_PAUSE_MS)
    }
  }
}

function newClient(url: string) {
  return createClient({ url, socket: { reconnectStrategy: false } }).on('error', () => {})
}

async function withClient<T>(url: string, use: (client: ReturnType<typeof newClient>) => Promise<T>): Promise<T> {
  const client = newClient(url)
  await client.connect()
  try {
    return await use(client)
  } finally {
    client.destroy()
  }
}
