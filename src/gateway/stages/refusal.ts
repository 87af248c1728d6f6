import type { IncomingMessage } from 'node:http'
import type { ChatRequest } from '../../dialects/chat-request.ts'
import type { AppError } from '../../domain/app-error.ts'
import type { Finding } from '../../domain/content-filters.ts'
import type { Decision } from '../../domain/decision.ts'
import type { GuardrailInForce } from '../../domain/guardrail-in-force.ts'
import type { LeftOut } from '../../domain/plan.ts'
import type { Routing } from '../../domain/routing/order-attempts.ts'
import type { InferenceTrace } from '../../observe/traces/tracer.ts'
import { withStorableText } from '../journal/journal-record.ts'
import type { RefusedRequest } from '../ports.ts'
import type { RouterTrace } from '../router-metadata.ts'
import type { KeySnapshot } from '../snapshot/snapshot.ts'
import type { ProjectLimits, WorkspaceLimits } from '../snapshot/spend-limits.ts'
import { readSessionHeader, readSource } from './request-headers.ts'

const MESSAGE_LENGTH_MAX = 1_000
const NAME_LENGTH_MAX = 500

/** How far a request has come. */
export interface Progress {
  requestId: string
  /** When it came, in epoch milliseconds. */
  now: number
  /** Where it comes from. */
  ip: string | null
  key: KeySnapshot | undefined
  chat: ChatRequest | undefined
  isAdmitted: boolean
  /** What is told to a caller who asks for it; null for the others. */
  trace: RouterTrace | null
  /** For the operator's collector; undefined where it isn't to know of it. */
  spans: InferenceTrace | undefined
  /** What it is counted in, once that is known; as everything below. */
  place: Place | undefined
  guardrail: GuardrailInForce | null | undefined
  /** Endpoints that it may not go to; only where something could keep it from one. */
  leftOut: LeftOut[] | undefined
  /** Whether it named no model. */
  isDefaultModel: boolean
  /** Why it goes where it goes; null while that isn't known, and where there is nothing to choose. */
  routing: Routing | null
  /** What content filters found. */
  findings: readonly Finding[] | undefined
  /** Its body as it came, or the hash of a large one, for the response cache. */
  body: Buffer | string | undefined
}

export function newProgress(
  begun: Pick<Progress, 'requestId' | 'now' | 'ip' | 'trace'> & Partial<Pick<Progress, 'spans'>>,
): Progress {
  return {
    spans: undefined,
    ...begun,
    key: undefined,
    chat: undefined,
    isAdmitted: false,
    place: undefined,
    guardrail: undefined,
    leftOut: undefined,
    isDefaultModel: false,
    routing: null,
    findings: undefined,
    body: undefined,
  }
}

export interface Place {
  workspace: WorkspaceLimits
  project: ProjectLimits | null
}

/** What is to be kept of a refusal; undefined when nobody's key was sent, because then it is nobody's. */
export function toRefusal(
  error: AppError,
  request: IncomingMessage,
  progress: Progress,
  decide: () => Decision,
): RefusedRequest | undefined {
  const { key, chat } = progress
  if (key === undefined) return undefined
  return {
    requestId: progress.requestId,
    at: progress.now,
    organizationId: key.organizationId,
    workspaceId: key.workspaceId,
    keyId: key.id,
    userId: key.creatorUserId,
    status: error.status,
    code: error.code,
    message: storable(error.message, MESSAGE_LENGTH_MAX),
    model: storableOrNull(chat?.models[0]),
    streamed: chat?.payload.isStream ?? null,
    ...readSource(request, progress.ip),
    sessionId: storableOrNull(chat?.sessionId ?? readSessionHeader(request)),
    externalUser: storableOrNull(chat?.payload.user),
    decision: withStorableText(JSON.stringify(decide())),
  }
}

function storableOrNull(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : storable(text, NAME_LENGTH_MAX)
}

/** PostgreSQL takes neither NUL nor half a surrogate pair, which callers may send. */
function storable(text: string, lengthMax: number): string {
  return text.slice(0, lengthMax).toWellFormed().replaceAll('\0', '\ufffd')
}
