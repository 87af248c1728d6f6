import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { CatalogueViews } from '../domain/catalogue-views.ts'
import { hashSecretKey, newSecretKey } from '../platform/secret-key.ts'
import { FirstUses } from './first-uses.ts'
import { KeyDirectory } from './key-directory.ts'
import { type KeySnapshot, Snapshot } from './snapshot/snapshot.ts'

const SAMPLES = process.env['SWITCHYARD_TEST_SIZE'] === 'full' ? 100_000 : 10_000
/** Of the measurements, those that the machine disturbed are left out on the long side. */
const KEPT_SHARE = 0.9
const T_MAX = 4.5

const known = Array.from({ length: SAMPLES }, () => newSecretKey())
const snapshot = new Snapshot(new CatalogueViews({ priceVersion: 'none', models: new Map(), providers: [] }))
const hashes = known.map((secret) => hashSecretKey(secret))
for (const [index, hash] of hashes.entries()) {
  snapshot.putKey({ id: BigInt(index), hash, retired: [] } as unknown as KeySnapshot)
}
const keys = new KeyDirectory({
  snapshot,
  load: async () => undefined,
  clock: { now: () => 0, monotonic: () => 0 },
  firstUses: new FirstUses(),
})

/** Another digit of hex at a place, `step` further round. */
function turnDigit(text: string, place: number, step: number): string {
  const digit = (Number.parseInt(text[place] ?? '0', 16) + step) % 16
  return text.slice(0, place) + digit.toString(16) + text.slice(place + 1)
}

/** Welch's t of two series of times. */
function welch(a: readonly number[], b: readonly number[]): number {
  const [first, second] = [a, b].map((values) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
    return { mean, error: variance / values.length }
  }) as [{ mean: number; error: number }, { mean: number; error: number }]
  return (first.mean - second.mean) / Math.sqrt(first.error + second.error)
}

/** As many of each kind in random order, made before anything is measured. In the end all are copied in the order they are asked
 *  for in, so that nothing is left of how and when they were made: what lies elsewhere in memory takes another time to read. */
function prepare(kinds: readonly [() => string, () => string]): { hash: string; kind: 0 | 1 }[] {
  const order = Array.from({ length: 2 * SAMPLES }, (_, index): 0 | 1 => (index % 2 === 0 ? 0 : 1))
  for (let place = order.length - 1; place > 0; place -= 1) {
    const other = Math.floor(Math.random() * (place + 1))
    const [a, b] = [order[place], order[other]]
    if (a !== undefined && b !== undefined) [order[place], order[other]] = [b, a]
  }
  const made = order.map((kind) => ({ text: kinds[kind](), kind }))
  return made.map(({ text, kind }) => ({ hash: Buffer.from(text, 'latin1').toString('latin1'), kind }))
}

/** Looks both kinds up in random order and says how far their times differ, in Welch's t. */
function compare(kinds: readonly [() => string, () => string]): number {
  const lookups = prepare(kinds)
  const measured = lookups.map(({ hash, kind }) => {
    const begin = process.hrtime.bigint()
    void keys.find(hash)
    return { kind, time: Number(process.hrtime.bigint() - begin) }
  })
  const sorted = measured.map(({ time }) => time).toSorted((a, b) => a - b)
  const limit = sorted[Math.floor(sorted.length * KEPT_SHARE)] ?? 0
  const timesOf = (wanted: number) =>
    measured.flatMap(({ kind, time }) => (kind === wanted && time <= limit ? [time] : []))
  return welch(timesOf(0), timesOf(1))
}

/** Each look-alike once, because what was asked for before is remembered: one of every known text in a round. */
function lookAlikes(texts: readonly string[], place: number): () => string {
  let count = 0
  return () => {
    const text = texts[count % texts.length] ?? ''
    count += 1
    return turnDigit(text, place, Math.ceil(count / texts.length))
  }
}

const unknownHash = () => randomBytes(32).toString('hex')
const unknownSecret = () => hashSecretKey(newSecretKey())
const nearHash = lookAlikes(hashes, 63)
const misspeltSecret = lookAlikes(known, 'sk-or-v1-'.length + 20)
const misspelt = () => hashSecretKey(misspeltSecret())

test.each([
  ['a hash that differs from a known one in its last digit', [unknownHash, nearHash]],
  ['a known key with one digit changed, whose checksum is wrong', [unknownSecret, misspelt]],
] as const)(`S3 ${SAMPLES} look-ups of %s take as long as those of a stranger`, (_name, kinds) => {
  // A disturbance may hit one kind by chance; a difference that is there is there each time.
  const values = [compare(kinds), compare(kinds), compare(kinds)].map(Math.abs)
  process.stdout.write(`S3 Welch t: ${values.map((value) => value.toFixed(2)).join(', ')}\n`)
  expect(Math.min(...values)).toBeLessThan(T_MAX)
})
