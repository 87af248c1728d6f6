import { crc32 } from 'node:zlib'
import type { LeasePiece } from '../../domain/lease-protocol.ts'
import type { GenerationEnd, GenerationRecord, OpenRecord } from '../ports.ts'

/**
 * A journal line is `<CRC-32 of the rest, 8 hex digits> <O|D> <JSON>\n`. O opens an inference with its hold; D ends it with
 * its charge and begins with the opening's fields, so that either can be read alone. Where the end gives a field again, such
 * as the endpoint that answered, the later one counts. Money and ids of 64 bits are decimal text.
 */
export type JournalRecord = { type: 'open'; record: OpenRecord } | { type: 'done'; record: GenerationRecord }

const BIGINT_FIELDS = ['keyId', 'held', 'cost', 'byokCost', 'promptCost', 'uncharged', 'upstreamCost'] as const
/** What lines of earlier versions leave out. Their pool and day are for the store to find. */
const ADDED_LATER = { O: { projectId: null, spendKind: 'credit' }, D: { byokCost: '0' } }
const CHECKSUM_CHARACTERS = 8
const COMMA = 0x2c
const NEWLINE = 0x0a
const BODY_AT = CHECKSUM_CHARACTERS + 1
const JSON_AT = BODY_AT + 2

/** The JSON of an opening, but for its leases: they are of use only as long as it has no end. */
export function encodeOpen(open: OpenRecord): string {
  const fields: Record<Exclude<keyof OpenRecord, 'leases'>, unknown> = {
    id: open.id,
    requestId: open.requestId,
    organizationId: open.organizationId,
    workspaceId: open.workspaceId,
    keyId: open.keyId.toString(),
    userId: open.userId,
    projectId: open.projectId,
    creditPool: open.creditPool,
    spendKind: open.spendKind,
    countedOn: open.countedOn,
    model: open.model,
    endpointId: open.endpointId,
    providerName: open.providerName,
    streamed: open.streamed,
    held: open.held.toString(),
    priceVersion: open.priceVersion,
    httpReferer: open.httpReferer,
    origin: open.origin,
    appTitle: open.appTitle,
    userAgent: open.userAgent,
    ip: open.ip,
    sessionId: open.sessionId,
    externalUser: open.externalUser,
    replicaId: open.replicaId,
    findings: open.findings,
    decision: open.decision,
    broadcast: open.broadcast,
  }
  return withStorableText(JSON.stringify(fields))
}

/** The line of a finished inference, from the JSON of its opening. */
export function encodeDone(openJson: string, end: GenerationEnd): Buffer {
  const fields: Record<keyof GenerationEnd, unknown> = {
    apiType: end.apiType,
    model: end.model,
    endpointId: end.endpointId,
    providerName: end.providerName,
    upstreamId: end.upstreamId,
    cancelled: end.cancelled,
    outcome: end.outcome,
    finishReason: end.finishReason,
    nativeFinishReason: end.nativeFinishReason,
    usage: end.usage,
    usageEstimated: end.usageEstimated,
    usageRaw: end.usageRaw,
    cost: end.cost.toString(),
    byokCost: end.byokCost.toString(),
    promptCost: end.promptCost.toString(),
    uncharged: end.uncharged.toString(),
    upstreamCost: end.upstreamCost === null ? null : end.upstreamCost.toString(),
    latencyMs: end.latencyMs,
    generationTimeMs: end.generationTimeMs,
    attempts: end.attempts,
    charges: end.charges && piecesToJson(end.charges),
  }
  return toLine('D', openJson, withStorableText(JSON.stringify(fields)))
}

function piecesToJson(pieces: readonly LeasePiece[]): { lease: string; amount: string }[] {
  return pieces.map(({ lease, amount }) => ({ lease, amount: amount.toString() }))
}

function piecesFromJson(pieces: unknown): LeasePiece[] {
  return (pieces as { lease: string; amount: string }[]).map(({ lease, amount }) => ({ lease, amount: BigInt(amount) }))
}

/** The JSON in a line, which the database takes as it is. */
export function jsonOf(line: Buffer): Buffer {
  return line.subarray(JSON_AT, -1)
}

/** The same of an inference whose both ends are known. */
export function wholeJsonOf(record: GenerationRecord): Buffer {
  return jsonOf(encodeDone(encodeOpen(record), record))
}

/** PostgreSQL takes neither NUL nor half a surrogate pair, which callers and providers may send: one would keep its whole
 *  batch out for ever. Both appear in our JSON as escapes only. */
export function withStorableText(json: string): string {
  if (!json.includes('\\u')) return json
  return json.replace(/\\(?:u(?:0000|d[89a-f]..)|.)/g, (sequence) => (sequence.length > 2 ? '\ufffd' : sequence))
}

export function openLine(json: string, leases: readonly LeasePiece[] = []): Buffer {
  return leases.length === 0 ? toLine('O', json) : toLine('O', json, JSON.stringify({ leases: piecesToJson(leases) }))
}

/** The fields of the JSON objects `json` and `more` as one object. Written piece by piece: a text put together first would be made, and
 *  copied, once more. */
function toLine(kind: 'O' | 'D', json: string, more?: string): Buffer {
  const jsonEnd = JSON_AT + Buffer.byteLength(json)
  // The second brace takes the place of the first object's last one, and becomes a comma.
  const end = more === undefined ? jsonEnd : jsonEnd - 1 + Buffer.byteLength(more)
  const line = Buffer.allocUnsafe(end + 1)
  line.write(`         ${kind} `, 'latin1')
  line.write(json, JSON_AT)
  if (more !== undefined) {
    line.write(more, jsonEnd - 1)
    line[jsonEnd - 1] = COMMA
  }
  line[end] = NEWLINE
  const checksum = crc32(line.subarray(BODY_AT, end))
  line.write(checksum.toString(16).padStart(CHECKSUM_CHARACTERS, '0'), 'latin1')
  return line
}

/** The record of a line without its newline, or undefined when it is torn or damaged. */
export function decodeLine(text: string): JournalRecord | undefined {
  if (text.length <= JSON_AT || text[CHECKSUM_CHARACTERS] !== ' ' || text[JSON_AT - 1] !== ' ') return undefined
  if (Number.parseInt(text.slice(0, CHECKSUM_CHARACTERS), 16) !== crc32(text.slice(BODY_AT))) return undefined
  const isOpen = text[BODY_AT] === 'O'
  const earlier = isOpen ? ADDED_LATER.O : { ...ADDED_LATER.O, ...ADDED_LATER.D }
  const record = { ...earlier, ...JSON.parse(text.slice(JSON_AT)) } as Record<string, unknown>
  for (const field of BIGINT_FIELDS) {
    const value = record[field]
    if (typeof value === 'string') record[field] = BigInt(value)
  }
  for (const field of ['leases', 'charges']) if (record[field]) record[field] = piecesFromJson(record[field])
  return isOpen
    ? { type: 'open', record: record as unknown as OpenRecord }
    : { type: 'done', record: record as unknown as GenerationRecord }
}
