import { createHmac } from 'node:crypto'
import type { SendGuarded } from '../upstream/guarded-http.ts'

export const SIGNATURE_HEADER = 'switchyard-signature'

/** Posts JSON under an id that is the same at each attempt. With a signing secret `switchyard-signature` is
 *  `t=<unix seconds>,v1=<HMAC-SHA256, hex>` over `<t>.<body>`. Returns the status. */
export async function sendSigned(
  send: SendGuarded,
  message: {
    id: string
    url: string
    body: string
    signingSecret: string | undefined
    now: number
    signal: AbortSignal
  },
): Promise<number> {
  const { body, id, now, signal, signingSecret, url } = message
  const headers: Record<string, string> = { 'content-type': 'application/json', 'idempotency-key': id }
  if (signingSecret !== undefined) headers[SIGNATURE_HEADER] = signatureOf(body, signingSecret, now)
  const { status } = await send({ method: 'POST', url, headers, body, signal })
  return status
}

export function signatureOf(body: string, signingSecret: string, now: number): string {
  const seconds = Math.floor(now / 1_000)
  const mac = createHmac('sha256', signingSecret).update(`${seconds}.${body}`).digest('hex')
  return `t=${seconds},v1=${mac}`
}
