import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { assert } from './assert.ts'

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const RANDOM_BYTES = 8_192
const LENGTH_MAX = 1_000

/** Characters not yet given out, from `poolAt` to `poolEnd`. */
const pool = Buffer.alloc(RANDOM_BYTES)
let poolAt = 0
let poolEnd = 0

/** `length` (at most 1,000) characters of [A-Za-z0-9], uniformly random from the system's generator. */
export function randomAlphanumeric(length: number): string {
  assert(length <= LENGTH_MAX, 'length of random text')
  if (poolAt + length > poolEnd) refillPool()
  poolAt += length
  return pool.toString('latin1', poolAt - length, poolAt)
}

/** Rejection sampling, no modulo bias. */
function refillPool(): void {
  poolAt = 0
  poolEnd = 0
  const bytes = randomBytes(RANDOM_BYTES)
  // By index: an iterator makes an object for each byte, which were most of what an id cost.
  for (let at = 0; at < bytes.length; at += 1) {
    const index = (bytes[at] ?? 0) & 63
    if (index < ALPHANUMERIC.length) pool[poolEnd++] = ALPHANUMERIC.charCodeAt(index)
  }
}

/** `gen-<unix seconds>-<20 alphanumerics>`: the time in the id names the month partition of its row. */
export function newGenerationId(nowMs: number): string {
  return `gen-${Math.floor(nowMs / 1_000)}-${randomAlphanumeric(20)}`
}

/** The epoch milliseconds a generation id carries, or undefined when the text isn't a generation id. */
export function generationIdTime(id: string): number | undefined {
  return timeOf(/^gen-(\d{1,11})-[A-Za-z0-9]{20}$/.exec(id))
}

/** The same of a request id. */
export function requestIdTime(id: string): number | undefined {
  return timeOf(/^req-(\d{1,11})-[A-Za-z0-9]{20}$/.exec(id))
}

function timeOf(match: RegExpExecArray | null): number | undefined {
  return match ? Number(match[1]) * 1_000 : undefined
}

/** `req-<unix seconds>-<20 alphanumerics>`. */
export function newRequestId(nowMs: number): string {
  return `req-${Math.floor(nowMs / 1_000)}-${randomAlphanumeric(20)}`
}

export function newUuid(): string {
  return randomUUID()
}

/** A deterministic RFC 9562 version 5 UUID of `name` inside `namespace` (a UUID). */
export function uuidV5(namespace: string, name: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest()
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80
  const hex = hash.subarray(0, 16).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export function isUuid(text: string): boolean {
  return UUID.test(text)
}
