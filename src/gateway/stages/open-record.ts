import type { IncomingMessage } from 'node:http'
import type { ChatRequest } from '../../dialects/chat-request.ts'
import type { Endpoint } from '../../domain/catalogue.ts'
import { usualOf } from '../../domain/routing/service-tiers.ts'
import { decisionOf } from '../decisions/decisions.ts'
import type { GatewayParts } from '../inference.ts'
import type { OpenRecord } from '../ports.ts'
import type { CachedHit } from '../response-cache/caching.ts'
import type { KeySnapshot } from '../snapshot/snapshot.ts'
import type { Admission } from './admit.ts'
import type { Progress } from './refusal.ts'
import { readSessionHeader, readSource } from './request-headers.ts'

/** What is put on record of an inference before it runs. */
export function openRecord(
  request: IncomingMessage,
  chat: ChatRequest,
  context: {
    key: KeySnapshot
    ids: { requestId: string; generationId: string }
    parts: GatewayParts
    ip: string | null
    admission: Admission
    endpoint: Endpoint | undefined
    priceVersion: string
    findings: OpenRecord['findings']
    progress: Progress
    /** Whose answer it gets. */
    hit: CachedHit | null
  },
): OpenRecord {
  const { key, ids, parts, endpoint, priceVersion, findings, hit } = context
  const { chain, hold } = context.admission
  if (key.workspaceId === null || endpoint === undefined)
    throw new Error('an inference has a workspace and an endpoint')
  const decision = decisionOf(parts, context.admission, context.progress)
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
    endpointId: usualOf(endpoint).id,
    providerName: endpoint.provider.name,
    streamed: chat.payload.isStream,
    held: hold.amount,
    priceVersion,
    ...readSource(request, context.ip),
    sessionId: chat.sessionId ?? readSessionHeader(request),
    externalUser: chat.payload.user,
    replicaId: parts.settings.replicaId,
    findings,
    decision: hit === null ? decision : { ...decision, cachedFrom: hit.answer.generationId },
    ...broadcastOf(chat, key.workspaceId, parts),
  }
}

function broadcastOf(
  { payload, provider, trace }: ChatRequest,
  workspaceId: string,
  { clock, snapshot }: GatewayParts,
): Pick<OpenRecord, 'broadcast'> {
  const wanted = snapshot.findWorkspace(workspaceId)?.broadcast ?? null
  if (wanted === null) return {}
  const content = wanted.wantsContent && payload.kind === 'chat' && provider?.zdr !== true
  return { broadcast: { at: clock.now(), content, ...(trace && { trace }) } }
}
