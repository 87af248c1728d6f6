import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ChatRequest } from '../dialects/chat-request.ts'
import type { DecodedAnswer } from '../dialects/dialect.ts'
import type { ClientProtocol } from '../dialects/protocol.ts'
import { AppError, toErrorEnvelope } from '../domain/app-error.ts'
import { readCacheWish } from '../domain/cache-wish.ts'
import type { Catalogue, Endpoint, Model } from '../domain/catalogue.ts'
import type { PluginsInForce } from '../domain/plugins.ts'
import { findMeantModel } from '../domain/routing/model-names.ts'
import type { SpendKind } from '../domain/spend-scopes.ts'
import type { InferenceTrace } from '../observe/traces/tracer.ts'
import { newGenerationId, newRequestId } from '../platform/ids.ts'
import { OwnRun } from './idempotency/own-run.ts'
import { type GatewayParts, Inference } from './inference.ts'
import type { Journal, Segment } from './journal/journal.ts'
import { encodeOpen } from './journal/journal-record.ts'
import type { LargeShare } from './limits/large-requests.ts'
import { requireFreeModels } from './limits/require-free-models.ts'
import { requireConcurrency, requireRate } from './limits/require-rate.ts'
import type { OpenRecord } from './ports.ts'
import { API_BASE } from './protocol-at.ts'
import { answerFromCache } from './response-cache/answer-from-cache.ts'
import { type Caching, findCached } from './response-cache/caching.ts'
import { newTrace, type RouterTrace } from './router-metadata.ts'
import type { Conversation } from './sessions/conversation.ts'
import type { KeySnapshot } from './snapshot/snapshot.ts'
import { type Admission, type AdmitFor, admit, admitFree } from './stages/admit.ts'
import { checkContent, hasFilters } from './stages/check-content.ts'
import { chooseProject } from './stages/choose-project.ts'
import { dispatchJson } from './stages/dispatch-json.ts'
import { fitContext, fitOf, pluginsOf } from './stages/fit-context.ts'
import { FramedAnswer } from './stages/framed-answer.ts'
import { letIn, parseSent, readSent } from './stages/let-in.ts'
import { openRecord } from './stages/open-record.ts'
import { planRequest, requestedModels } from './stages/plan-request.ts'
import { newProgress, type Progress } from './stages/refusal.ts'
import { StreamRelay } from './stages/relay-stream.ts'
import { answerAgain, readIdempotentRequest } from './stages/repeat.ts'
import { readAddress } from './stages/request-headers.ts'
import { requireReadable, requireSpeakers } from './stages/require-kind.ts'
import { requireTranslatable } from './stages/require-translatable.ts'
import { type ResponseHeaders, sendError } from './stages/send-error.ts'
import { settle, settleBroken } from './stages/settle.ts'
import { admitFirst, hasSeveralKinds, kindOf } from './stages/spend-again.ts'

const UNFLUSHED_RETRY_SECONDS = 5
const JOURNAL_RETRY_SECONDS = 5
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
  const route = API_BASE + protocol.path
  const spans = parts.tracer?.begin(request.headers, { route, requestId: ids.requestId, startedAt: now })
  const progress = newProgress({ requestId: ids.requestId, now, ip, trace, spans })
  let failure: unknown
  const share = parts.largeRequests.newShare()
  let leave: (() => void) | undefined
  try {
    const key = await letIn(request, { parts, progress, headers })
    headers['x-generation-id'] = ids.generationId
    const bytes = await readSent(request, response, { parts, share })
    const again = readIdempotentRequest(request, bytes, { key, generationId: ids.generationId, path: route })
    const chat = await parseSent(request, bytes, { parts, progress, key, protocol })
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
      const inference = await begin(request, chat, { key, ids, parts, protocol, ip, trace, progress, share })
      progress.isAdmitted = true
      return inference
    }
    await answer(start, response, { headers, run })
  } catch (error) {
    failure = error
    sendError(error, request, response, { headers, progress, parts, protocol })
  } finally {
    leave?.()
    share.release()
    if (spans !== undefined) tellAnswered(spans, response, failure, progress)
  }
}

function tellAnswered(spans: InferenceTrace, response: ServerResponse, failure: unknown, { key }: Progress): void {
  const code = failure instanceof AppError ? failure.code : 'internal'
  spans.answered({
    status: response.headersSent ? response.statusCode : null,
    error: failure === undefined ? null : code,
    workspaceId: key?.workspaceId ?? null,
  })
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
    const { caching, request, endpoints } = inference
    if (caching !== null) Object.assign(headers, caching.headers)
    if (run !== undefined) {
      run.models = endpoints.map(({ modelId }) => modelId)
      if (request.provider?.zdr === true) run.keepNothing()
    }
    const answerWith = answererOf(inference)
    const isAnswered = await answerWith(inference, response, { headers, run })
    if (run !== undefined) await run.end(isAnswered, inference.charged)
  } catch (error) {
    if (inference !== undefined) await settleBroken(inference)
    if (run !== undefined) await run.fail(error, inference === undefined ? 0n : inference.charged)
    throw error
  }
}

function answererOf({ caching, request }: Inference): typeof answerWithJson {
  if (caching?.hit) return answerWithHit
  return request.payload.isStream ? answerWithStream : answerWithJson
}

interface Context {
  key: KeySnapshot
  ids: InferenceIds
  parts: GatewayParts
  protocol: ClientProtocol
  ip: string | null
  trace: RouterTrace | null
  progress: Progress
  share: LargeShare
}

/** Plan, hold, journal: after this the inference runs and will be settled, whatever happens. */
async function begin(request: IncomingMessage, chat: ChatRequest, context: Context): Promise<Inference> {
  const { key, parts, protocol, trace, progress } = context
  const catalogue = parts.snapshot.catalogues.ofWorkspace(key.organizationId, key.workspaceId)
  const guardrail = parts.snapshot.guardrails.of(key, catalogue)
  progress.guardrail = guardrail
  const plugins = pluginsOf(chat, key, parts.snapshot)
  const asked = requestedModels(chat, key, parts)
  const fit = fitOf(chat, findModel(asked[0], catalogue, parts), plugins)
  const fitted = fit === null ? chat : await fitContext(chat, fit, parts.largeBodies, trace)
  const plan = planRequest(request, fitted, catalogue, { key, parts, progress, guardrail, models: asked })
  const speakers = requireSpeakers(plan.endpoints, fitted)
  const endpoints = requireTranslatable(fitted, speakers, hasFilters(guardrail))
  const permit = requireFreeModels(key, endpoints, parts)
  if (permit !== undefined) await permit
  requireReadable(chat, guardrail)
  const checked = hasFilters(guardrail)
    ? await checkContent(fitted, guardrail, parts.filters, (findings) => {
        progress.findings = findings
        trace?.checked(findings, guardrail)
      })
    : null
  const forwarded = checked === null ? fitted : checked.chat
  requireRecordable(parts)
  const wish = readCacheWish(request.headers, chat.extras?.caching ?? null)
  const caching =
    wish === null
      ? null
      : await findCached(wish, forwarded, {
          key,
          parts,
          protocol: protocol.name,
          catalogue,
          asked,
          endpoints,
          plugins,
          progress,
        })
  progress.body = undefined
  const findings = checked === null || checked.findings.length === 0 ? null : checked.findings
  const { priceVersion } = catalogue
  const { conversation } = plan
  const found = { endpoints, conversation, plugins, caching, findings, priceVersion }
  return await launch(request, chat, { ...context, forwarded, ...found })
}

/** Hold and journal. What the response cache has needs no hold. */
async function launch(
  request: IncomingMessage,
  chat: ChatRequest,
  context: Context & {
    forwarded: ChatRequest
    endpoints: readonly Endpoint[]
    conversation: Conversation | null
    plugins: PluginsInForce
    caching: Caching | null
    findings: OpenRecord['findings']
    priceVersion: string
  },
): Promise<Inference> {
  const { key, parts, protocol, trace, forwarded, conversation, plugins, caching, share } = context
  const { leases, settings } = parts
  // Its limit may have changed since it was let in: while its body came, or while it waits for money.
  const keyNow = () => parts.snapshot.findKey(key.hash) ?? key
  const chainNow = (kind: SpendKind) =>
    parts.chains.of({ ...chooseProject(request.headers, key, parts.limits), key: keyNow(), kind })
  const hit = caching?.hit ?? null
  const planned = hit === null ? context.endpoints : [hit.endpoint]
  const { holdWaitMs: waitMs, publicUrl } = settings
  const admitFor: AdmitFor = (stretch, kind, fetchedTokens = 0) =>
    admit(withDocuments(forwarded, fetchedTokens), stretch, { leases, chain: () => chainNow(kind), waitMs, publicUrl })
  const several = hasSeveralKinds(planned) ? await admitFirst(planned, admitFor, key, parts) : null
  const { endpoints, admission, admitAgain } = several ?? {
    endpoints: planned,
    admission: hit === null ? await admitFor(planned, kindOf(planned)) : admitFree(chainNow('credit')),
    admitAgain: null,
  }
  try {
    const open = openRecord(request, chat, { ...context, admission, endpoint: endpoints[0], hit })
    const openJson = encodeOpen(open)
    const segment = openInJournal(parts.journal, openJson, admission)
    const asked = chat.payload.passedOn
    const { spans } = context.progress
    const way = { protocol, endpoints, admitFor, admitAgain, conversation, plugins, caching, trace, spans, share }
    return new Inference(parts, forwarded, { ...way, open, openJson, admission, segment, asked })
  } catch (error) {
    leases.settle(admission.hold.pieces, 0n)
    throw error
  }
}

function withDocuments(chat: ChatRequest, fetchedTokens: number): ChatRequest {
  return fetchedTokens === 0 ? chat : { ...chat, documentTokens: (chat.documentTokens ?? 0) + fetchedTokens }
}

function openInJournal(journal: Journal, openJson: string, { hold }: Admission): Segment {
  try {
    return journal.open(openJson, hold.pieces.flat())
  } catch (cause) {
    const options = { cause, retryAfterSeconds: JOURNAL_RETRY_SECONDS }
    throw new AppError('unavailable', 'The journal cannot be written; try again later', {}, options)
  }
}

/** Undefined for a name that stands for several. */
function findModel(name: string | undefined, { models }: Catalogue, parts: GatewayParts): Model | undefined {
  if (name === undefined) return undefined
  const found = models.get(name) ?? parts.findBuiltInModel(name)
  if (found !== undefined || !name.includes(':')) return found
  return findMeantModel(name, (id) => models.get(id) ?? parts.findBuiltInModel(id))?.model
}

/** What an answer is made for. */
export interface Recipient {
  headers: ResponseHeaders
  run: OwnRun | undefined
}

/** Who wants to know what is sent, in whole or in pieces; undefined where nobody does. */
function recorderOf(run: OwnRun | undefined, caching: Caching | null): ((text: string) => void) | undefined {
  if (run === undefined && caching === null) return undefined
  return (text) => {
    run?.record(text)
    caching?.record(text)
  }
}

/** What the response cache has. */
async function answerWithHit(inference: Inference, response: ServerResponse, recipient: Recipient): Promise<boolean> {
  const { caching, request } = inference
  if (!caching?.hit) throw new Error('an answer from the cache has one there')
  const headers = { ...recipient.headers, ...(request.payload.isStream ? STREAM_HEADERS : JSON_HEADERS) }
  await answerFromCache(inference, caching.hit, response, { headers, record: recorderOf(recipient.run, null) })
  return true
}

/** Whether there is an answer. */
async function answerWithJson(
  inference: Inference,
  response: ServerResponse,
  { headers, run }: Recipient,
): Promise<boolean> {
  const outcome = await dispatchJson(inference)
  tellCap(headers, inference)
  inference.trace?.ended(outcome)
  const { usage, cost, recorded } = settle(inference, outcome)
  await recorded
  const { answer, endpoint } = outcome
  if (answer === null || isBroken(answer, inference)) {
    throw outcome.failure?.error ?? new AppError('provider_error', 'Provider returned error')
  }
  const end = { usage, cost, endedAt: endedAt(inference), metadata: inference.trace?.toWire() }
  // As text and with all headers at once, so that both leave in one write.
  const body = JSON.stringify(inference.protocol.toAnswer(answer, inference.identityFor(endpoint), end))
  recorderOf(run, inference.caching)?.(body)
  Object.assign(headers, JSON_HEADERS)
  headers['content-length'] = Buffer.byteLength(body)
  response.writeHead(200, headers).end(body)
  inference.caching?.keep(inference, outcome)
  return true
}

function isBroken({ finishReason }: DecodedAnswer, { protocol }: Inference): boolean {
  return finishReason === 'error' && protocol.hasNoBrokenAnswers === true
}

/** Whether there is an answer that may be given again: also one that broke off and was charged. */
export async function answerWithStream(
  inference: Inference,
  response: ServerResponse,
  { headers: ids, run }: Recipient,
): Promise<boolean> {
  tellCap(ids, inference)
  const out = new FramedAnswer(response, { ...ids, ...STREAM_HEADERS })
  const record = recorderOf(run, inference.caching)
  const relay = new StreamRelay(inference, response, out, record)
  const outcome = await relay.run()
  inference.trace?.ended(outcome)
  const { usage, cost, recorded } = settle(inference, outcome)
  await recorded
  if (outcome.kind === 'cancelled') return false
  const end = (text: string): void => {
    record?.(text)
    out.end(text)
  }
  if (outcome.failure) {
    if (!out.hasBegun) throw outcome.failure.error
    end(relay.answer.fail(toErrorEnvelope(outcome.failure.error).body.error, { usage, cost }))
    return inference.charged !== 0n
  }
  end(relay.answer.end({ usage, cost, endedAt: endedAt(inference), metadata: inference.trace?.toWire() }))
  inference.caching?.keep(inference, outcome)
  return true
}

function endedAt({ parts }: Inference): number {
  return Math.floor(parts.clock.now() / 1_000)
}

/** The bound that limits have put on the answer. */
function tellCap(headers: ResponseHeaders, { cappedTokens }: Inference): void {
  if (cappedTokens !== null) headers['x-switchyard-max-tokens'] = cappedTokens
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
