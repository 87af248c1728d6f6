import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AppError } from '../../domain/app-error.ts'
import type { Ending } from '../idempotency/own-run.ts'
import type { IdempotentRequest } from '../ports.ts'
import type { KeySnapshot } from '../snapshot/snapshot.ts'

const PRINTABLE = /^[\x20-\x7e]{1,255}$/

/** What the request is known by when it is sent again; null without an `Idempotency-Key`. 400 for one that isn't 1 to 255
 *  printable ASCII characters. */
export function readIdempotentRequest(
  request: IncomingMessage,
  bytes: Buffer,
  { key, generationId, path }: { key: KeySnapshot; generationId: string; path: string },
): IdempotentRequest | null {
  const header = request.headers['idempotency-key']
  if (header === undefined) return null
  if (typeof header !== 'string' || !PRINTABLE.test(header)) {
    throw new AppError('invalid_request', 'Idempotency-Key: 1 to 255 printable ASCII characters')
  }
  const { organizationId, workspaceId, id: keyId, creatorUserId: userId } = key
  if (workspaceId === null) throw new Error('an inference has a workspace')
  const id = sha256(JSON.stringify([workspaceId, String(keyId), path, header]))
  return { id, organizationId, workspaceId, keyId, userId, bodyHash: sha256(bytes), generationId }
}

/** The answer once more: the same body, and the generation id of what was charged. Throws what the request failed with, and
 *  409 where its answer isn't kept. */
export function answerAgain(
  ending: Ending,
  response: ServerResponse,
  headers: Readonly<Record<string, string | number>>,
): void {
  if (ending.kind === 'failed') throw ending.error
  const { generationId } = ending
  if (ending.kind === 'not_kept') {
    throw new AppError(
      'idempotency_result_not_kept',
      `This request was sent before, and its answer is not kept: see generation ${generationId}`,
      {},
      { metadata: { generation_id: generationId }, headers: { 'x-generation-id': generationId } },
    )
  }
  const { answer } = ending
  response
    .writeHead(200, {
      ...headers,
      'x-generation-id': generationId,
      'idempotent-replayed': 'true',
      'content-length': Buffer.byteLength(answer),
    })
    .end(answer)
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}
