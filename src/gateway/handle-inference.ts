import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ChatRequest } from '../dialects/chat-request.ts'
import type { ClientProtocol } from '../dialects/protocol.ts'
import { allowedModels } from '../domain/allowed-models.ts'
import { AppError, toErrorEnvelope } from '../domain/app-error.ts'
import type { Catalogue, Endpoint } from '../domain/catalogue.ts'
import type { GuardrailInForce } from '../domain/guardrail-in-force.ts'
import { type LeftOut, planAttempts } from '../domain/plan.ts'
import { newGenerationId, newRequestId } from '../platform/ids.ts'
import { decisionOf, decisionOfRefusal } from './decisions/decisions.ts'
import { OwnRun } from './idempotency/own-run.ts'
import { type GatewayParts, Inference } from './inference.ts'
import { encodeOpen } from './journal/journal-record.ts'
import { requireFreeModels } from './limits/require-free-models.ts'
import { requireConcurrency, requireRate } from './limits/require-rate.ts'
import type { OpenRecord } from './ports.ts'
import { API_BASE } from './protocol-at.ts'
import { newTrace, type RouterTrace } from './router-metadata.ts'
import type { KeySnapshot } from './snapshot/snapshot.ts'
import { type Admission, admit } from './stages/admit.ts'
import { readSecretHash, requireAlive, requireAllowedAddress, requireInferenceKey } from './stages/authenticate.ts'
import { checkContent, hasFilters } from './stages/check-content.ts'
import { chooseProject } from './stages/choose-project.ts'
import { readOrigin } from './stages/cross-origin.ts'
import { dispatchJson } from './stages/dispatch-json.ts'
import { LARGE_BODY_BYTES, readBody, requireJson } from './stages/read-body.ts'
import { newProgress, type Progress, toRefusal } from './stages/refusal.ts'
import { StreamRelay } from './stages/relay-stream.ts'
import { answerAgain, readIdempotentRequest } from './stages/repeat.ts'
import { readAddress, readSessionHeader, readSource } from './stages/request-headers.ts'
import { requireTranslatable } from './stages/require-translatable.ts'
import { settle } from './stages/settle.ts'

const UNFLUSHED_RETRY_SECONDS = 5
const JSON_HEADERS = { 'content-type': 'application/json' }
const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
}

interface InferenceIds {
  requestId: string
  generationId: string
}

export type ResponseHeaders = Record<string, string | number>

/**
 * One inference by whichever protocol, whole: authenticate → read and parse → rates → plan → filters → hold → open the journal → dispatch and
 * relay → settle and record → end the answer. Errors before the first byte are JSON; after it, one event of the stream.
 */
export async function handleInference(
  request: IncomingMessage,
  response: ServerResponse,
  { parts, protocol }: { parts: GatewayParts; protocol: ClientProtocol },
): Promise<void> {
  const now = parts.clock.now()
  const ids = { requestId: newRequestId(now), generationId: newGenerationId(now) }
  const headers: ResponseHeaders = { 'x-request-id': ids.requestId }
  const ip = readAddress(request, parts.settings.trustedProxies)
  const trace = newTrace(request)
  const progress = newProgress({ requestId: ids.requestId, now, ip, trace })
  let leave: (() => void) | undefined
  try {
    const presented = { hash: readSecretHash(request.headers.authorization, parts), ip, now }
    const lookup = parts.keys.find(presented.hash)
    const found = lookup instanceof Promise ? await lookup : lookup
    requireAllowedAddress(found, presented, parts)
    Object.assign(headers, readOrigin(request.headers, found, presented, parts))
    progress.key = found
    const key = requireAlive(found, presented, parts)
    requireInferenceKey(key, parts.snapshot)
    headers['x-generation-id'] = ids.generationId
    requireJson(request)
    const bytes = await readBody(request, response, parts.settings.bodyBytesMax)
    const again = readIdempotentRequest(request, bytes, {
      key,
      generationId: ids.generationId,
      path: API_BASE + protocol.path,
    })
    const isLarge = bytes.length > LARGE_BODY_BYTES
    const chat = isLarge ? await parts.largeBodies.parse(bytes, protocol.name) : protocol.parse(bytes)
    progress.chat = chat
    // What can't be counted anywhere is refused before it uses up any rate.
    progress.place = chooseProject(request.headers, key, parts.limits)
    const running = requireConcurrency(key, parts.concurrency)
    if (running !== undefined) leave = running instanceof Promise ? await running : running
    const permit = requireRate(key, parts)
    if (permit !== undefined) await permit
    const run = again === null ? undefined : await parts.idempotency.begin(again)
    if (run !== undefined && !(run instanceof OwnRun)) {
      answerAgain(run, response, { ...headers, ...(chat.payload.isStream ? STREAM_HEADERS : JSON_HEADERS) })
      return
    }
    const start = async () => {
      const inference = await begin(request, chat, { key, ids, parts, protocol, ip, trace, progress })
      progress.isAdmitted = true
      return inference
    }
    await answer(start, response, { headers, run })
  } catch (error) {
    sendError(error, request, response, { headers, progress, parts, protocol })
  } finally {
    leave?.()
  }
}

/** Runs it and answers. What repeats it learns from `run` how it ended. */
async function answer(
  start: () => Promise<Inference>,
  response: ServerResponse,
  { headers, run }: Recipient,
): Promise<void> {
  let inference: Inference | undefined
  try {
    inference = await start()
    const { cappedTokens, request, endpoints } = inference
    if (cappedTokens !== null) headers['x-switchyard-max-tokens'] = cappedTokens
    if (run !== undefined) {
      run.models = endpoints.map(({ modelId }) => modelId)
      if (request.provider?.zdr === true) run.keepNothing()
    }
    const answerWith = request.payload.isStream ? answerWithStream : answerWithJson
    const isAnswered = await answerWith(inference, response, { headers, run })
    if (run !== undefined) await run.end(isAnswered, inference.charged)
  } catch (error) {
    if (run !== undefined) await run.fail(error, inference === undefined ? 0n : inference.charged)
    throw error
  }
}

/** Plan, hold, journal: after this the inference runs and will be settled, whatever happens. */
async function begin(
  request: IncomingMessage,
  chat: ChatRequest,
  context: {
    key: KeySnapshot
    ids: InferenceIds
    parts: GatewayParts
    protocol: ClientProtocol
    ip: string | null
    trace: RouterTrace | null
    progress: Progress
  },
): Promise<Inference> {
  const { key, parts, protocol, trace, progress } = context
  const catalogue = parts.snapshot.catalogues.ofWorkspace(key.organizationId, key.workspaceId)
  const guardrail = parts.snapshot.guardrails.of(key, catalogue)
  progress.guardrail = guardrail
  // Its limit may have changed since it was let in: while its body came, or while it waits for money.
  const keyNow = () => parts.snapshot.findKey(key.hash) ?? key
  const spenderNow = () =>
    ({ ...chooseProject(request.headers, key, parts.limits), key: keyNow(), kind: 'credit' }) as const
  const planned = plan(chat, catalogue, { ...context, guardrail })
  const endpoints = requireTranslatable(chat, planned, hasFilters(guardrail))
  const permit = requireFreeModels(key, endpoints, parts)
  if (permit !== undefined) await permit
  const checked = hasFilters(guardrail)
    ? await checkContent(chat, guardrail, parts.filters, (findings) => {
        progress.findings = findings
        trace?.checked(findings, guardrail)
      })
    : null
  const forwarded = checked === null ? chat : checked.chat
  requireRecordable(parts)
  const { leases, settings } = parts
  const admission = await admit(forwarded, endpoints, {
    leases,
    chain: () => parts.chains.of(spenderNow()),
    waitMs: settings.holdWaitMs,
    publicUrl: settings.publicUrl,
  })
  const open = openRecord(request, chat, {
    ...context,
    admission,
    endpoint: endpoints[0],
    priceVersion: catalogue.priceVersion,
    findings: checked === null || checked.findings.length === 0 ? null : checked.findings,
  })
  const openJson = encodeOpen(open)
  try {
    const segment = parts.journal.open(openJson, admission.hold.pieces.flat())
    const asked = chat.payload.passedOn
    return new Inference(parts, forwarded, { protocol, endpoints, open, openJson, admission, segment, asked, trace })
  } catch (cause) {
    leases.settle(admission.hold.pieces, 0n)
    throw new AppError(
      'unavailable',
      'The journal cannot be written; try again later',
      {},
      { cause, retryAfterSeconds: 5 },
    )
  }
}

/** Where it may go. */
function plan(
  chat: ChatRequest,
  catalogue: Catalogue,
  context: { key: KeySnapshot; parts: GatewayParts; progress: Progress; guardrail: GuardrailInForce | null },
): Endpoint[] {
  const { key, parts, progress, guardrail } = context
  const { trace } = progress
  const find = (id: string) => catalogue.models.get(id) ?? parts.findBuiltInModel(id)
  const asked = modelsOf(chat, key, parts)
  trace?.asked(asked.map(find), guardrail)
  const models = allowedModels(asked, key.allowedModels, find)
  const leftOut: LeftOut[] | undefined = guardrail === null && !chat.provider ? undefined : []
  progress.leftOut = leftOut
  const endpoints = planAttempts(
    {
      models,
      provider: chat.provider,
      parameters: chat.parameters,
      exclusionsOf: guardrail === null ? null : guardrail.exclusionsOf,
      publicUrl: parts.settings.publicUrl,
      onLeftOut: leftOut === undefined ? null : (one) => leftOut.push(one),
    },
    catalogue,
    parts.findBuiltInModel,
  )
  trace?.left(endpoints)
  return endpoints
}

/** What an answer is made for. */
export interface Recipient {
  headers: ResponseHeaders
  run: OwnRun | undefined
}

/** Whether there is an answer. */
async function answerWithJson(
  inference: Inference,
  response: ServerResponse,
  { headers, run }: Recipient,
): Promise<boolean> {
  const outcome = await dispatchJson(inference)
  inference.trace?.ended(outcome)
  const { usage, cost, recorded } = settle(inference, outcome)
  await recorded
  const { answer, endpoint } = outcome
  if (answer === null) throw outcome.failure?.error ?? new AppError('provider_error', 'Provider returned error')
  const end = { usage, cost, endedAt: endedAt(inference), metadata: inference.trace?.toWire() }
  // As text and with all headers at once, so that both leave in one write.
  const body = JSON.stringify(inference.protocol.toAnswer(answer, inference.identityFor(endpoint), end))
  run?.record(body)
  Object.assign(headers, JSON_HEADERS)
  headers['content-length'] = Buffer.byteLength(body)
  response.writeHead(200, headers).end(body)
  return true
}

/** Whether there is an answer that may be given again: also one that broke off and was charged. */
export async function answerWithStream(
  inference: Inference,
  response: ServerResponse,
  { headers: ids, run }: Recipient,
): Promise<boolean> {
  const headers = { ...ids, ...STREAM_HEADERS }
  const record = run === undefined ? undefined : (text: string) => run.record(text)
  const relay = new StreamRelay(inference, response, headers, record)
  const outcome = await relay.run()
  inference.trace?.ended(outcome)
  const { usage, cost, recorded } = settle(inference, outcome)
  await recorded
  if (outcome.kind === 'cancelled') return false
  const end = (text: string): void => {
    record?.(text)
    if (!response.headersSent) response.writeHead(200, headers)
    response.end(text)
  }
  if (outcome.failure) {
    if (!response.headersSent) throw outcome.failure.error
    end(relay.answer.fail(toErrorEnvelope(outcome.failure.error).body.error))
    return inference.charged !== 0n
  }
  end(relay.answer.end({ usage, cost, endedAt: endedAt(inference), metadata: inference.trace?.toWire() }))
  return true
}

function endedAt({ parts }: Inference): number {
  return Math.floor(parts.clock.now() / 1_000)
}

function modelsOf(chat: ChatRequest, key: KeySnapshot, parts: GatewayParts): string[] {
  if (chat.models.length > 0) return chat.models
  const fallback = key.workspaceId === null ? null : parts.snapshot.findWorkspace(key.workspaceId)?.defaultTextModel
  if (!fallback) throw new AppError('invalid_request', 'model: required, because the workspace has no default model')
  return [fallback]
}

function requireRecordable(parts: GatewayParts): void {
  if (parts.flush.pendingCount < parts.settings.unflushedMax) return
  throw new AppError(
    'unavailable',
    'Too many requests wait to be recorded',
    {},
    { retryAfterSeconds: UNFLUSHED_RETRY_SECONDS },
  )
}

function openRecord(
  request: IncomingMessage,
  chat: ChatRequest,
  context: {
    key: KeySnapshot
    ids: InferenceIds
    parts: GatewayParts
    ip: string | null
    admission: Admission
    endpoint: { modelId: string; id: string; provider: { name: string } } | undefined
    priceVersion: string
    findings: OpenRecord['findings']
    progress: Progress
  },
): OpenRecord {
  const { key, ids, parts, endpoint, priceVersion, findings } = context
  const { chain, hold } = context.admission
  if (key.workspaceId === null || endpoint === undefined)
    throw new Error('an inference has a workspace and an endpoint')
  return {
    id: ids.generationId,
    requestId: ids.requestId,
    organizationId: key.organizationId,
    workspaceId: key.workspaceId,
    keyId: key.id,
    userId: key.creatorUserId,
    projectId: chain.projectId,
    creditPool: chain.creditPool,
    spendKind: chain.kind,
    countedOn: chain.date,
    model: endpoint.modelId,
    endpointId: endpoint.id,
    providerName: endpoint.provider.name,
    streamed: chat.payload.isStream,
    held: hold.amount,
    priceVersion,
    ...readSource(request, context.ip),
    sessionId: chat.sessionId ?? readSessionHeader(request),
    externalUser: chat.payload.user,
    replicaId: parts.settings.replicaId,
    findings,
    decision: decisionOf(parts, context.admission, context.progress),
  }
}

function sendError(
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
