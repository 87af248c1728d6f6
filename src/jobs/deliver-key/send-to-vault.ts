import { z } from 'zod'
import type { GuardedAnswer, SendGuarded } from '../../upstream/guarded-http.ts'
import { type KeyAttempt, refusedWith } from './key-payload.ts'

/** What stands at a path. A deleted version has no data and counts on. */
const Stored = z.object({
  data: z.object({
    data: z.record(z.string(), z.unknown()).nullable(),
    metadata: z.object({ version: z.number().int() }),
  }),
})

/**
 * Sets one field of a secret in a KV store of version 2. The others stay: what is there is read and written back with the
 * version that was read (`cas`), so that a change in between makes this attempt fail, and the next one reads again. When the
 * secret stands there already an earlier attempt has written it.
 */
export async function sendToVault(send: SendGuarded, attempt: KeyAttempt<'vault_kv2'>): Promise<void> {
  const { secret, signal, target } = attempt
  const url = urlOf(target)
  const headers = {
    'x-vault-token': target.token,
    'x-vault-request': 'true',
    ...(target.namespace === undefined ? {} : { 'x-vault-namespace': target.namespace }),
  }
  const { data, version } = readStored(await send({ method: 'GET', url, headers, signal }))
  if (data[target.field] === secret) return
  const body = JSON.stringify({ options: { cas: version }, data: { ...data, [target.field]: secret } })
  const written = await send({
    method: 'POST',
    url,
    headers: { ...headers, 'content-type': 'application/json' },
    body,
    signal,
  })
  if (written.status === 200 || written.status === 204) return
  throw refusedWith(written.status, written.status === 400 ? 'the secret may have changed meanwhile' : '')
}

function urlOf({ address, mount, path }: KeyAttempt<'vault_kv2'>['target']): string {
  const encoded = (segments: string) => segments.split('/').map(encodeURIComponent).join('/')
  return `${address.replace(/\/+$/, '')}/v1/${encoded(mount)}/data/${encoded(path)}`
}

/** Nothing at all is version 0: it may only be written while there still is nothing. */
function readStored({ body, status }: GuardedAnswer): { data: Record<string, unknown>; version: number } {
  if (status !== 200 && status !== 404) throw refusedWith(status)
  const stored = Stored.safeParse(parsed(body))
  if (stored.success) return { data: stored.data.data.data ?? {}, version: stored.data.data.metadata.version }
  if (status === 404) return { data: {}, version: 0 }
  throw new Error('the receiver is no KV store of version 2 at this mount')
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
