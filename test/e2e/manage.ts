import type { Gateway } from '../harness/gateway-process.ts'

/** One call of the management API that must succeed; its `data`. */
export async function manageAt(
  gateway: Gateway,
  method: string,
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const answer = await gateway.call(method, `/api/v1/${path}`, body === undefined ? {} : { body })
  if (answer.status >= 300)
    throw new Error(`${method} ${path} answered ${answer.status} ${JSON.stringify(answer.body)}`)
  return ((answer.body as { data?: Record<string, unknown> }).data ?? {}) as Record<string, unknown>
}
