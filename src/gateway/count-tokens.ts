import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ChatRequest } from '../dialects/chat-request.ts'
import type { EncodedRequest } from '../dialects/dialect.ts'
import { abilitiesAt } from '../dialects/dialects.ts'
import { wantedMedia } from '../dialects/linked-media.ts'
import type { ClientProtocol } from '../dialects/protocol.ts'
import { AppError } from '../domain/app-error.ts'
import type { Endpoint } from '../domain/catalogue.ts'
import { newRequestId } from '../platform/ids.ts'
import { dialectOf, type GatewayParts } from './inference.ts'
import { requireConcurrency, requireRate } from './limits/require-rate.ts'
import type { KeySnapshot } from './snapshot/snapshot.ts'
import { hasFilters } from './stages/check-content.ts'
import { chooseProject } from './stages/choose-project.ts'
import { collectAnswer } from './stages/collect-answer.ts'
import { letIn, parseSent, readSent } from './stages/let-in.ts'
import { BYTES_PER_TOKEN } from './stages/output-allowance.ts'
import { planRequest, requestedModels } from './stages/plan-request.ts'
import { LARGE_BODY_BYTES } from './stages/read-body.ts'
import { newProgress, type Progress } from './stages/refusal.ts'
import { readAddress } from './stages/request-headers.ts'
import { requireSpeakers } from './stages/require-kind.ts'
import { requireTranslatable } from './stages/require-translatable.ts'
import { type ResponseHeaders, sendError } from './stages/send-error.ts'

const DEADLINE_MS = 10_000

/**
 * How many tokens the input of a request would be: as the provider counts them to whom it would go first, where that can count
 * without answering; else an estimate. Key, rates and what restricts models hold as for the request itself; nothing is charged, and
 * nothing is on record but a refusal.
 */
export async function handleTokenCount(
  request: IncomingMessage,
  response: ServerResponse,
  { parts, protocol }: { parts: GatewayParts; protocol: ClientProtocol },
): Promise<void> {
  const now = parts.clock.now()
  const requestId = newRequestId(now)
  const headers: ResponseHeaders = { 'x-request-id': requestId }
  const ip = readAddress(request, parts.settings.trustedProxies)
  const progress = newProgress({ requestId, now, ip, trace: null })
  const share = parts.largeRequests.newShare()
  let leave: (() => void) | undefined
  try {
    const key = await letIn(request, { parts, progress, headers })
    const bytes = await readSent(request, response, { parts, share })
    const chat = await parseSent(request, bytes, { parts, progress, key, protocol })
    progress.body = undefined
    progress.place = chooseProject(request.headers, key, parts.limits)
    leave = await requireConcurrency(key, parts.concurrency)
    await requireRate(key, parts)
    const counter = counterOf(request, chat, { key, parts, progress })
    const counted = counter === null ? undefined : await countAt(counter, chat, { key, parts })
    const tokens = counted ?? Math.ceil(chat.inputTokens / BYTES_PER_TOKEN)
    const body = JSON.stringify({ input_tokens: tokens })
    Object.assign(headers, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    headers['x-switchyard-token-count'] = counted === undefined ? 'estimate' : 'provider'
    response.writeHead(200, headers).end(body)
  } catch (error) {
    sendError(error, request, response, { headers, progress, parts, protocol })
  } finally {
    leave?.()
    share.release()
  }
}

/** The endpoint that is asked to count; null where none may see the request as it is, or it is too large to be taken apart here.
 *  Throws what the request itself would be refused with. */
function counterOf(
  request: IncomingMessage,
  chat: ChatRequest,
  { key, parts, progress }: { key: KeySnapshot; parts: GatewayParts; progress: Progress },
): Endpoint | null {
  const catalogue = parts.snapshot.catalogues.ofWorkspace(key.organizationId, key.workspaceId)
  const guardrail = parts.snapshot.guardrails.of(key, catalogue)
  progress.guardrail = guardrail
  const models = requestedModels(chat, key, parts)
  const plan = planRequest(request, chat, catalogue, { key, parts, progress, guardrail, models })
  const isFiltered = hasFilters(guardrail)
  const [first] = requireTranslatable(chat, requireSpeakers(plan.endpoints, chat), isFiltered)
  if (first === undefined || isFiltered || chat.payload.passedOn.length > LARGE_BODY_BYTES) return null
  // What has to be fetched first would be fetched twice.
  return chat.mediaParts > 0 && wantedMedia(abilitiesAt(first)) !== null ? null : first
}

/** Undefined where the provider can't, doesn't in time, or refuses: then nothing of it is anybody's fault. */
async function countAt(
  endpoint: Endpoint,
  { payload }: ChatRequest,
  { key, parts }: { key: KeySnapshot; parts: GatewayParts },
): Promise<number | undefined> {
  const { counting } = dialectOf(endpoint)
  if (counting === undefined) return undefined
  const { provider } = endpoint
  const options = { cappedTokens: null, organizationId: key.organizationId }
  const asked = encoded(() => counting.encode(payload, endpoint, options))
  if (asked === undefined) return undefined
  const answer = await collectAnswer(parts.upstream, { provider, ...asked }, DEADLINE_MS)
  if ('kind' in answer || answer.status !== 200) return undefined
  return counting.decode(answer.text)
}

/** Undefined where the provider's format has no words for it: another's may have. */
function encoded(encode: () => EncodedRequest): EncodedRequest | undefined {
  try {
    return encode()
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
  }
}
