import { toRequest } from '../../../src/contract/client.ts'
import type { ErrorEnvelope } from '../../../src/contract/common/errors.ts'
import type { Operation, RequestOf, ResponseOf } from '../../../src/contract/operation.ts'
import { pastedKey } from './credential.ts'
import { RequestFailed } from './request-failed.ts'

/** Carries an operation of the public API out, for whoever is signed in or with a key. Throws RequestFailed. */
export async function call<O extends Operation>(
  operation: O,
  input: RequestOf<O>,
  key = pastedKey(),
): Promise<ResponseOf<O>> {
  const { path, ...request } = toRequest(operation, withoutUndefined(input as Record<string, unknown>), key)
  const body = await send(path, request)
  return operation.output.parse(body) as ResponseOf<O>
}

/** One request of this installation with a JSON answer. Throws RequestFailed. */
export async function send(
  path: string,
  request: { method: string; headers?: Record<string, string>; body?: string },
): Promise<unknown> {
  const response = await fetch(path, {
    ...request,
    credentials: request.headers?.['authorization'] === undefined ? 'same-origin' : 'omit',
  }).catch(() => undefined)
  if (response === undefined) throw new RequestFailed('Switchyard does not answer. Is it running?', { status: 0 })
  const body: unknown = await response.json().catch(() => undefined)
  if (!response.ok) throw toFailure(response, body)
  return body
}

function toFailure({ headers, status, statusText }: Response, body: unknown): RequestFailed {
  const { error } = (body ?? {}) as Partial<ErrorEnvelope>
  const retryAfter = headers.get('retry-after')
  return new RequestFailed(error?.message ?? `${status} ${statusText}`, {
    status,
    requestId: headers.get('x-request-id') ?? undefined,
    metadata: error?.metadata ?? {},
    retryAfterSeconds: retryAfter === null ? undefined : Number(retryAfter),
  })
}

/** JSON leaves it out anyway, a query mustn't name it. */
function withoutUndefined(input: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
}
