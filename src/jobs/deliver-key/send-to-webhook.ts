import type { SendGuarded } from '../../upstream/guarded-http.ts'
import { sendSigned } from '../send-signed.ts'
import { type KeyAttempt, refusedWith } from './key-payload.ts'

/** Posts the secret as JSON, signed where the target has a signing secret. Every 2xx is "taken". */
export async function sendToWebhook(send: SendGuarded, attempt: KeyAttempt<'webhook'>): Promise<void> {
  const { createdAt, id, key, now, secret, signal, target } = attempt
  const body = JSON.stringify({
    type: 'api_key.rotated',
    delivery_id: id,
    created_at: new Date(createdAt).toISOString(),
    key,
    secret,
  })
  const status = await sendSigned(send, {
    id,
    url: target.url,
    body,
    signingSecret: target.signing_secret,
    now,
    signal,
  })
  if (status < 200 || status > 299) throw refusedWith(status)
}
