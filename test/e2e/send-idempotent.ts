import type { Gateway } from '../harness/gateway-process.ts'

export interface Sent {
  status: number
  text: string
  generationId: string | null
  isReplayed: boolean
}

/** A chat completion under an `Idempotency-Key`; fields over a default question. */
export async function sendIdempotent(
  gateway: Gateway,
  key: string,
  idempotencyKey: string,
  fields: Record<string, unknown> = {},
): Promise<Sent> {
  const body = JSON.stringify({ model: 'alpha/small', messages: [{ role: 'user', content: 'Hello' }], ...fields })
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'idempotency-key': idempotencyKey,
  }
  const response = await fetch(`${gateway.url}/api/v1/chat/completions`, { method: 'POST', headers, body })
  return {
    status: response.status,
    text: await response.text(),
    generationId: response.headers.get('x-generation-id'),
    isReplayed: response.headers.get('idempotent-replayed') === 'true',
  }
}
