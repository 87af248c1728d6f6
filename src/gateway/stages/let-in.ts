import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ChatRequest } from '../../dialects/chat-request.ts'
import type { ClientProtocol } from '../../dialects/protocol.ts'
import type { GatewayParts } from '../inference.ts'
import type { LargeShare } from '../limits/large-requests.ts'
import { hashLargeBody } from '../response-cache/caching.ts'
import type { KeySnapshot } from '../snapshot/snapshot.ts'
import { readInferenceSecret, requireAlive, requireAllowedAddress, requireInferenceKey } from './authenticate.ts'
import { readOrigin } from './cross-origin.ts'
import { LARGE_BODY_BYTES, readBody, requireJson } from './read-body.ts'
import type { Progress } from './refusal.ts'
import { readAnthropicBeta } from './request-headers.ts'
import type { ResponseHeaders } from './send-error.ts'

interface Arrival {
  parts: GatewayParts
  progress: Progress
}

/** The key of a request, after all that is looked at before its body. Throws what it is refused with. */
export async function letIn(
  request: IncomingMessage,
  { parts, progress, headers }: Arrival & { headers: ResponseHeaders },
): Promise<KeySnapshot> {
  const { ip, now } = progress
  const presented = { hash: readInferenceSecret(request.headers, parts), ip, now }
  const lookup = parts.keys.find(presented.hash)
  const found = lookup instanceof Promise ? await lookup : lookup
  requireAllowedAddress(found, presented, parts)
  Object.assign(headers, readOrigin(request.headers, found, presented, parts))
  progress.key = found
  const key = requireAlive(found, presented, parts)
  requireInferenceKey(key, parts.snapshot)
  return key
}

export async function readSent(
  request: IncomingMessage,
  response: ServerResponse,
  { parts, share }: { parts: GatewayParts; share: LargeShare },
): Promise<Buffer> {
  requireJson(request)
  return await readBody(request, response, { bytesMax: parts.settings.bodyBytesMax, share })
}

/** What a body asks for. Throws `invalid_request` naming the first bad field. */
export async function parseSent(
  request: IncomingMessage,
  bytes: Buffer,
  { parts, progress, key, protocol }: Arrival & { key: KeySnapshot; protocol: ClientProtocol },
): Promise<ChatRequest> {
  const presets = key.workspaceId === null ? null : parts.snapshot.presetsOf(key.workspaceId)
  const isLarge = bytes.length > LARGE_BODY_BYTES
  progress.body = isLarge ? hashLargeBody(bytes, request.headers) : bytes
  const chat = isLarge ? await parts.largeBodies.parse(bytes, protocol.name, presets) : protocol.parse(bytes, presets)
  chat.payload.anthropicBeta = readAnthropicBeta(request)
  progress.chat = chat
  return chat
}
