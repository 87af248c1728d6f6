import type { LeasePiece } from '../../src/domain/lease-protocol.ts'
import type { NanoUsd } from '../../src/domain/money.ts'
import { NO_USAGE } from '../../src/domain/pricing.ts'
import type { Interval } from '../../src/domain/windows.ts'
import type { GenerationEnd, OpenRecord } from '../../src/gateway/ports.ts'

export interface Scope {
  kind: 'organization' | 'workspace' | 'key'
  id: string
  interval: Interval
}

/** What the journal says of an inference on this chain when it begins. `day` is that of its admission. */
export function openRecord(
  id: string,
  chain: readonly Scope[],
  { held, leases, replica, day }: { held: NanoUsd; leases: LeasePiece[]; replica: string; day: string },
): OpenRecord {
  const scopeId = (kind: Scope['kind']) => chain.find((scope) => scope.kind === kind)?.id ?? ''
  return {
    id,
    requestId: 'req',
    organizationId: scopeId('organization'),
    workspaceId: scopeId('workspace'),
    keyId: BigInt(scopeId('key')),
    userId: null,
    model: 'm',
    endpointId: 'e',
    providerName: 'P',
    streamed: false,
    held,
    priceVersion: 'v',
    httpReferer: null,
    origin: '',
    appTitle: null,
    userAgent: null,
    ip: null,
    sessionId: null,
    externalUser: null,
    replicaId: replica,
    projectId: null,
    creditPool: 'shared',
    spendKind: 'credit',
    countedOn: day,
    findings: null,
    leases,
  }
}

/** And when it ends. */
export function endRecord(cost: NanoUsd, charges: LeasePiece[]): GenerationEnd {
  return {
    apiType: 'completions',
    model: 'm',
    endpointId: 'e',
    providerName: 'P',
    upstreamId: null,
    cancelled: false,
    outcome: 'done',
    finishReason: 'stop',
    nativeFinishReason: null,
    usage: NO_USAGE,
    usageEstimated: false,
    usageRaw: null,
    cost,
    byokCost: 0n,
    promptCost: 0n,
    uncharged: 0n,
    upstreamCost: null,
    latencyMs: null,
    generationTimeMs: 1,
    attempts: [],
    charges,
  }
}
