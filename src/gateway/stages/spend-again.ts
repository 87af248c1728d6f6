import { AppError } from '../../domain/app-error.ts'
import { spendKindOf } from '../../domain/byok.ts'
import type { Endpoint } from '../../domain/catalogue.ts'
import { usualOf } from '../../domain/routing/service-tiers.ts'
import type { SpendKind } from '../../domain/spend-scopes.ts'
import type { Inference } from '../inference.ts'
import { encodeOpen } from '../journal/journal-record.ts'
import type { Hold } from '../lease/hold.ts'
import { type FreeModelParts, requireFreeModels } from '../limits/require-free-models.ts'
import type { OpenRecord } from '../ports.ts'
import type { KeySnapshot } from '../snapshot/snapshot.ts'
import type { Admission, AdmitAgain, AdmitFor } from './admit.ts'
import type { AttemptFailure } from './upstream-error.ts'

/*
 * What runs on the customer's own credential counts on fewer limits than what is paid with credits, and on counters of its own. A
 * request holds for one of the two at a time: for the attempts ahead that are of one kind. Before an attempt of the other kind it
 * gives its hold back, which is right because an attempt that failed before any content costs nothing, and takes another. So each
 * limit sees at each moment what may be charged to it, and nothing twice (docs/adr/0010-one-hold-of-one-kind.md).
 */

interface Admitted {
  /** What is left to be tried. */
  endpoints: readonly Endpoint[]
  admission: Admission
  admitAgain: AdmitAgain
}

const NO_HOLD: Hold = { amount: 0n, pieces: [] }

/** Whether some of the attempts are paid otherwise than the first. */
export function hasSeveralKinds(planned: readonly Endpoint[]): boolean {
  return endOfStretch(planned, 0) < planned.length
}

/**
 * Takes the hold that a request with attempts of several kinds begins with: for the first that are of one kind. Where limits leave no credits for them,
 * those on the customer's own credential, behind them, are the first. Throws the refusal of a limit, or rejects with it.
 */
export async function admitFirst(
  planned: readonly Endpoint[],
  admitFor: AdmitFor,
  key: KeySnapshot,
  parts: FreeModelParts,
): Promise<Admitted> {
  const first = stretchFrom(planned, 0)
  const kind = kindOf(first)
  const admitAgain: AdmitAgain = async (endpoints, nextKind, fetchedTokens) => {
    const permit = requireFreeModels(key, endpoints, parts)
    if (permit !== undefined) await permit
    return await admitFor(endpoints, nextKind, fetchedTokens)
  }
  try {
    return { endpoints: planned, admission: await admitFor(first, kind), admitAgain }
  } catch (error) {
    if (kind === 'byok' || !(error instanceof AppError) || error.refusedLimit === undefined) throw error
    const endpoints = planned.slice(first.length)
    return { endpoints, admission: await admitFor(stretchFrom(endpoints, 0), 'byok'), admitAgain }
  }
}

/** Whether what an inference holds is for the kind of this attempt. */
export function isPaid({ hold, open }: Inference, endpoint: Endpoint): boolean {
  return open.spendKind === spendKindOf(endpoint) && hold !== NO_HOLD
}

/** Holds for the attempts from `at` on that are of one kind, in the place of what is held. Null when it does; else where those
 *  attempts end, because they can't be made. */
export async function payFor(inference: Inference, at: number): Promise<number | null> {
  const { endpoints, hold, open, parts } = inference
  const end = endOfStretch(endpoints, at)
  try {
    // First in the journal: what is not held any more is not to be charged if the process dies now.
    note(inference, { ...open, held: 0n }, NO_HOLD)
    parts.leases.settle(hold.pieces, 0n)
    return (await isHeldFor(inference, endpoints.slice(at, end))) ? null : end
  } catch (error) {
    parts.observe({ type: 'request_failed', requestId: open.requestId, error })
    return end
  }
}

/**
 * Fetches what an endpoint has to be given in the request itself, and holds for documents among it that may count for more than was
 * held before they had come: in the place of what is held, for this attempt and those behind it that are of its kind. Resolves to why
 * there is nothing to send, null for nothing.
 */
export async function prepareMedia(inference: Inference, endpoint: Endpoint): Promise<AttemptFailure | null> {
  const problem = await inference.embedMedia(endpoint)
  if (problem !== null || inference.charged !== null || inference.fetchedTokens <= inference.fetchedTokensHeld)
    return problem
  const { admitFor, endpoints, fetchedTokens, hold, open, parts } = inference
  const stretch = stretchFrom(endpoints, endpoints.indexOf(endpoint))
  try {
    note(inference, { ...open, held: 0n }, NO_HOLD)
    parts.leases.settle(hold.pieces, 0n)
    const admission = await admitFor(stretch, spendKindOf(endpoint), fetchedTokens)
    if (inference.charged === null) takeOver(inference, admission, endpoint)
    else parts.leases.settle(admission.hold.pieces, 0n)
    return null
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { error, mayFallBack: 'no', isFault: false, status: null }
  }
}

/** False where limits leave nothing for these attempts, or the inference has ended meanwhile. */
async function isHeldFor(inference: Inference, stretch: readonly Endpoint[]): Promise<boolean> {
  const { admitAgain, parts } = inference
  const [endpoint] = stretch
  if (admitAgain === null || endpoint === undefined) return false
  try {
    const admission = await admitAgain(stretch, spendKindOf(endpoint), inference.fetchedTokens)
    if (inference.charged === null) takeOver(inference, admission, endpoint)
    else parts.leases.settle(admission.hold.pieces, 0n)
  } catch (error) {
    if (error instanceof AppError) return false
    throw error
  }
  return inference.charged === null
}

function takeOver(inference: Inference, { chain, hold, cappedTokens }: Admission, endpoint: Endpoint): void {
  const open: OpenRecord = {
    ...inference.open,
    projectId: chain.projectId,
    creditPool: chain.creditPool,
    spendKind: chain.kind,
    countedOn: chain.date,
    model: endpoint.modelId,
    endpointId: usualOf(endpoint).id,
    providerName: endpoint.provider.name,
    held: hold.amount,
  }
  try {
    note(inference, open, hold)
  } catch (error) {
    inference.parts.leases.settle(hold.pieces, 0n)
    throw error
  }
  inference.cappedTokens = cappedTokens
  inference.fetchedTokensHeld = inference.fetchedTokens
}

/** Throws when the journal can't be written: then nothing has changed. */
function note(inference: Inference, open: OpenRecord, hold: Hold): void {
  const openJson = encodeOpen(open)
  inference.parts.journal.openAgain(openJson, hold.pieces.flat())
  inference.open = open
  inference.openJson = openJson
  inference.hold = hold
}

/** The attempts from `at` on until one is of another kind. */
function stretchFrom(endpoints: readonly Endpoint[], at: number): readonly Endpoint[] {
  return endpoints.slice(at, endOfStretch(endpoints, at))
}

function endOfStretch(endpoints: readonly Endpoint[], at: number): number {
  const isByok = endpoints[at]?.byokKeyId !== undefined
  let end = at
  while (end < endpoints.length && (endpoints[end]?.byokKeyId !== undefined) === isByok) end += 1
  return end
}

/** Of the first of these attempts. */
export function kindOf([first]: readonly Endpoint[]): SpendKind {
  return first === undefined ? 'credit' : spendKindOf(first)
}
