import { type Received, type Receiver, type Reply, startReceiver } from './receiver.ts'

interface Version {
  data: Record<string, unknown> | null
}

export interface VaultServer extends Receiver {
  token: string
  /** What stands at a path of the mount `secret` now. */
  read(path: string): Record<string, unknown> | null | undefined
  /** Somebody else's write. */
  write(path: string, data: Record<string, unknown>): void
  /** Deletes the newest version, as `vault kv delete` does. */
  remove(path: string): void
  versionOf(path: string): number
  /** Runs before each write is looked at. */
  beforeWrite: () => void
}

const PREFIX = '/v1/secret/data/'

/** Speaks the HTTP API of Vault's KV store, version 2, mounted at `secret`: read, and write with check-and-set. */
export async function startVaultServer(): Promise<VaultServer> {
  const paths = new Map<string, Version[]>()
  const token = 'hvs.test-token'
  const versionsOf = (path: string) => paths.get(path) ?? []
  const add = (path: string, data: Version['data']) => paths.set(path, [...versionsOf(path), { data }])
  const receiver = await startReceiver((request) => {
    if (request.headers['x-vault-token'] !== token) return errors(403, 'permission denied')
    if (!request.path.startsWith(PREFIX)) return errors(404)
    const path = decodeURIComponent(request.path.slice(PREFIX.length))
    return request.method === 'GET' ? get(versionsOf(path)) : put(path, request)
  })
  function put(path: string, { body }: Received): Reply {
    server.beforeWrite()
    const { data, options } = JSON.parse(body) as { data?: Record<string, unknown>; options?: { cas?: number } }
    if (data === undefined) return errors(400, 'no data provided')
    const version = versionsOf(path).length
    if (options?.cas === undefined) return errors(400, 'check-and-set parameter required for this call')
    if (options.cas !== version) return errors(400, 'check-and-set parameter did not match the current version')
    add(path, data)
    return json(200, { data: { version: version + 1, deletion_time: '', destroyed: false } })
  }
  const server: VaultServer = {
    ...receiver,
    token,
    read: (path) => versionsOf(path).at(-1)?.data,
    write: (path, data) => void add(path, data),
    remove: (path) => {
      const newest = versionsOf(path).at(-1)
      if (newest !== undefined) newest.data = null
    },
    versionOf: (path) => versionsOf(path).length,
    beforeWrite: () => {},
  }
  return server
}

function get(versions: readonly Version[]): Reply {
  const newest = versions.at(-1)
  if (newest === undefined) return errors(404)
  const deletion_time = newest.data === null ? '2026-01-01T00:00:00Z' : ''
  const metadata = { version: versions.length, deletion_time, destroyed: false }
  return json(newest.data === null ? 404 : 200, { data: { data: newest.data, metadata } })
}

function errors(status: number, ...messages: string[]): Reply {
  return json(status, { errors: messages })
}

function json(status: number, body: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}
