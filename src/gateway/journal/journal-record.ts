import { crc32 } from 'node:zlib'
import type { GenerationRecord, OpenRecord } from '../ports.ts'

/**
 * A journal line is `<CRC-32 of the JSON, 8 hex digits> <O|D> <JSON>\n`. O opens an inference with its hold, D ends it
 * with its charge and repeats the opening's fields, so that either can be read alone. Money and ids of 64 bits are decimal text.
 */
export type JournalRecord = { type: 'open'; record: OpenRecord } | { type: 'done'; record: GenerationRecord }

const BIGINT_FIELDS = ['keyId', 'held', 'cost', 'promptCost', 'uncharged', 'upstreamCost'] as const

export function encodeOpen(record: OpenRecord): string {
  return line('O', JSON.stringify({ ...record, keyId: record.keyId.toString(), held: record.held.toString() }))
}

/** The JSON of a finished inference, for `doneLine` and for the database. */
export function encodeGeneration(record: GenerationRecord): string {
  return withStorableText(
    JSON.stringify({
      ...record,
      keyId: record.keyId.toString(),
      held: record.held.toString(),
      cost: record.cost.toString(),
      promptCost: record.promptCost.toString(),
      uncharged: record.uncharged.toString(),
      upstreamCost: record.upstreamCost === null ? null : record.upstreamCost.toString(),
    }),
  )
}

/** PostgreSQL takes neither NUL nor half a surrogate pair, which callers and providers may send: one would keep its whole
 *  batch out for ever. Both appear in our JSON as escapes only. */
function withStorableText(json: string): string {
  if (!json.includes('\\u')) return json
  return json.replace(/\\(?:u(?:0000|d[89a-f]..)|.)/g, (sequence) => (sequence.length > 2 ? '\ufffd' : sequence))
}

export function doneLine(json: string): string {
  return line('D', json)
}

/** The record of a line without its newline, or undefined when it is torn or damaged. */
export function decodeLine(text: string): JournalRecord | undefined {
  if (text.length < 12 || text[8] !== ' ' || text[10] !== ' ') return undefined
  const body = text.slice(9)
  if (Number.parseInt(text.slice(0, 8), 16) !== crc32(body)) return undefined
  const record = JSON.parse(text.slice(11)) as Record<string, unknown>
  for (const field of BIGINT_FIELDS) {
    const value = record[field]
    if (typeof value === 'string') record[field] = BigInt(value)
  }
  return text[9] === 'O'
    ? { type: 'open', record: record as unknown as OpenRecord }
    : { type: 'done', record: record as unknown as GenerationRecord }
}

function line(kind: 'O' | 'D', json: string): string {
  const body = `${kind} ${json}`
  return `${crc32(body).toString(16).padStart(8, '0')} ${body}\n`
}
