import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ErrorEnvelope } from '../../contract/common/errors.ts'
import type { ClientProtocol } from '../../dialects/protocol.ts'
import { AppError, toErrorEnvelope } from '../../domain/app-error.ts'
import { decisionOfRefusal } from '../decisions/decisions.ts'
import type { GatewayParts } from '../inference.ts'
import { type Progress, toRefusal } from './refusal.ts'

export type ResponseHeaders = Record<string, string | number>

/** Answers with what went wrong, as far as anything can be answered yet, and puts a refusal on record. */
export function sendError(
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  context: { headers: ResponseHeaders; progress: Progress; parts: GatewayParts; protocol: ClientProtocol },
): void {
  const { progress, parts, headers, protocol } = context
  const { requestId } = progress
  const { status, body } = toErrorEnvelope(error)
  if (error instanceof AppError) {
    // What was admitted becomes a generation, whatever its end.
    if (!progress.isAdmitted) {
      parts.refusals.record(toRefusal(error, request, progress, () => decisionOfRefusal(parts, error, progress)))
    }

    parts.observe({ type: 'inference_refused', requestId, status, code: error.code, message: error.recordedMessage })
  } else {
    parts.observe({ type: 'request_failed', requestId, error })
  }
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const instead = insteadOf(body, context)
  if (instead !== undefined) {
    const type = progress.chat?.payload.isStream === true ? 'text/event-stream' : 'application/json'
    response.writeHead(200, { ...headers, 'content-type': type }).end(instead)
    return
  }
  const wire = protocol.toErrorBody(body, { generationId: headers['x-generation-id']?.toString() })
  const text = JSON.stringify(status === 500 ? wire : { ...wire, ...progress.trace?.toWire() })
  headers['content-type'] = 'application/json'
  headers['content-length'] = Buffer.byteLength(text)
  if (error instanceof AppError) {
    Object.assign(headers, error.headers)
    if (error.retryAfterSeconds !== undefined) headers['retry-after'] = error.retryAfterSeconds
  }
  // What was not read can't be told from a next request, so the connection ends with this answer.
  if (!request.complete) headers['connection'] = 'close'
  response.writeHead(status, headers).end(text)
}

/** The answer that a refusal is in the client's format, where it is one. */
function insteadOf(
  { error }: ErrorEnvelope,
  { headers, progress, protocol }: { headers: ResponseHeaders; progress: Progress; protocol: ClientProtocol },
): string | undefined {
  const { chat, now } = progress
  if (protocol.answerInstead === undefined || chat === undefined) return undefined
  const identity = {
    id: String(headers['x-generation-id']),
    created: Math.floor(now / 1_000),
    model: chat.models[0] ?? '',
    provider: '',
    echo: chat.echo,
  }
  return protocol.answerInstead(error, identity, chat.payload.isStream)
}
