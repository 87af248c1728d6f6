import { createHmac } from 'node:crypto'
import type { SendGuarded } from '../../upstream/guarded-http.ts'
import { type KeyAttempt, refusedWith } from './key-payload.ts'

/** Posts the secret as JSON. With a signing secret `switchyard-signature` is `t=<unix seconds>,v1=<HMAC-SHA256, hex>` over
 *  `<t>.<body>`. Every 2xx is "taken". */
export async function sendToWebhook(send: SendGuarded, attempt: KeyAttempt<'webhook'>): Promise<void> {
  const { createdAt, id, key, now, secret, signal, target } = attempt
  const body = JSON.stringify({
    type: 'api_key.rotated',
    delivery_id: id,
    created_at: new Date(createdAt).toISOString(),
    key,
    secret,
  })
  const headers: Record<string, string> = { 'content-type': 'application/json', 'idempotency-key': id }
  if (target.signing_secret !== undefined)
    headers['switchyard-signature'] = signatureOf(body, target.signing_secret, now)
  const { status } = await send({ method: 'POST', url: target.url, headers, body, signal })
  if (status < 200 || status > 299) throw refusedWith(status)
}

function signatureOf(body: string, signingSecret: string, now: number): string {
  const seconds = Math.floor(now / 1_000)
  const mac = createHmac('sha256', signingSecret).update(`${seconds}.${body}`).digest('hex')
  return `t=${seconds},v1=${mac}`
}
