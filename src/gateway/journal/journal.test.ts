import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { NO_USAGE } from '../../domain/pricing.ts'
import type { GenerationRecord, OpenRecord } from '../ports.ts'
import { Journal, readJournal } from './journal.ts'
import { encodeDone, encodeOpen } from './journal-record.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

function newJournal(segmentBytesMax = 1_000_000): Journal {
  return new Journal({ directory, sync: 'full', segmentBytesMax, onFailure: () => {}, onRecovery: () => {} })
}

function openRecord(id: string): OpenRecord {
  return {
    id,
    requestId: 'req-1',
    organizationId: 'org',
    workspaceId: 'ws',
    keyId: 9_007_199_254_740_993n,
    userId: null,
    projectId: null,
    creditPool: 'shared',
    spendKind: 'credit',
    countedOn: '2026-06-01',
    model: 'a/b',
    endpointId: 'e',
    providerName: 'Alpha',
    streamed: false,
    held: 100n,
    priceVersion: 'v',
    httpReferer: null,
    origin: '',
    appTitle: null,
    userAgent: null,
    ip: null,
    sessionId: null,
    externalUser: null,
    findings: null,
    replicaId: 'r',
  }
}

function doneRecord(id: string): GenerationRecord {
  return {
    ...openRecord(id),
    apiType: 'completions',
    upstreamId: null,
    cancelled: false,
    outcome: 'done',
    finishReason: 'stop',
    nativeFinishReason: 'stop',
    usage: NO_USAGE,
    usageEstimated: false,
    usageRaw: null,
    cost: 12_345_678_901_234_567n,
    byokCost: 0n,
    promptCost: 1n,
    uncharged: 0n,
    upstreamCost: null,
    latencyMs: 1,
    generationTimeMs: 1,
    attempts: [],
  }
}

function doneLine(id: string): Buffer {
  return encodeDone(encodeOpen(openRecord(id)), doneRecord(id))
}

test('what was recorded is read back exactly: ends, and openings without an end', async () => {
  const journal = newJournal()
  const first = journal.open(encodeOpen(openRecord('gen-a')))
  journal.open(encodeOpen(openRecord('gen-b')))
  await journal.done(first, doneLine('gen-a'))
  await journal.close()
  expect(readJournal(directory)).toEqual({
    done: [doneRecord('gen-a')],
    unfinished: [openRecord('gen-b')],
    skippedLines: 0,
  })
})

test('many ends at once share few syncs and all are there', async () => {
  const journal = newJournal()
  const ids = Array.from({ length: 500 }, (_, at) => `gen-${at}`)
  await Promise.all(ids.map((id) => journal.done(journal.open(encodeOpen(openRecord(id))), doneLine(id))))
  await journal.close()
  expect(new Set(readJournal(directory).done.map(({ id }) => id))).toEqual(new Set(ids))
})

test('whatever moment it dies in, what begins is never in the file without the ends before it', async () => {
  const journal = newJournal()
  const segment = journal.open(encodeOpen(openRecord('gen-a')))
  const ending = journal.done(segment, doneLine('gen-a'))
  journal.open(encodeOpen(openRecord('gen-b')))
  const { done, unfinished } = readJournal(directory)
  expect([done.map(({ id }) => id), unfinished.map(({ id }) => id)]).toEqual([['gen-a'], ['gen-b']])
  await ending
  await journal.close()
  expect(readJournal(directory).done.map(({ id }) => id)).toEqual(['gen-a'])
})

test('what waits for the ends so far waits for these and no later ones, and for nothing where none is on its way', async () => {
  const journal = newJournal()
  const told: string[] = []
  journal.afterEnds(() => told.push('at once'))
  expect(told).toEqual(['at once'])
  const segment = journal.open(encodeOpen(openRecord('gen-a')))
  const ending = journal.done(segment, doneLine('gen-a')).then(() => told.push('gen-a'))
  journal.afterEnds(() => told.push('after gen-a'))
  // In the file, but a power loss could still take it out of it.
  journal.open(encodeOpen(openRecord('gen-b')))
  journal.afterEnds(() => told.push('after gen-a again'))
  expect(told).toEqual(['at once'])
  await ending
  expect(told.toSorted()).toEqual(['after gen-a', 'after gen-a again', 'at once', 'gen-a'])
  journal.afterEnds(() => told.push('at last'))
  expect(told.at(-1)).toBe('at last')
  await journal.close()
})

test('cut off at every byte, the reader gives exactly the records before the cut and never a damaged one', async () => {
  const journal = newJournal()
  await journal.done(journal.open(encodeOpen(openRecord('gen-a'))), doneLine('gen-a'))
  await journal.done(journal.open(encodeOpen(openRecord('gen-b'))), doneLine('gen-b'))
  await journal.close()
  const path = join(directory, readdirSync(directory).find((name) => name.endsWith('.log')) ?? '')
  const whole = readFileSync(path)
  const ends = [...whole.entries()].filter(([, byte]) => byte === 10).map(([at]) => at)
  for (let cut = 0; cut <= whole.length; cut += 7) {
    writeFileSync(path, whole.subarray(0, cut))
    const lines = ends.filter((end) => end <= cut).length
    const { done, unfinished } = readJournal(directory)
    expect([cut, done.length * 2 + unfinished.length]).toEqual([cut, lines])
  }
})

test('a damaged line is skipped and counted, and what follows it is read', async () => {
  const journal = newJournal()
  await journal.done(journal.open(encodeOpen(openRecord('gen-a'))), doneLine('gen-a'))
  const path = join(directory, readdirSync(directory).find((name) => name.endsWith('.log')) ?? '')
  appendFileSync(path, '00000000 D {"id":"gen-x"}\ngarbage\n')
  await journal.done(journal.open(encodeOpen(openRecord('gen-b'))), doneLine('gen-b'))
  await journal.close()
  const replay = readJournal(directory)
  expect(replay.skippedLines).toBe(2)
  expect(replay.done.map(({ id }) => id)).toEqual(['gen-a', 'gen-b'])
})

test('a segment is deleted only when all before it have ended and are posted', async () => {
  const journal = newJournal(1)
  const first = journal.open(encodeOpen(openRecord('gen-a')))
  const second = journal.open(encodeOpen(openRecord('gen-b')))
  await journal.done(second, doneLine('gen-b'))
  const third = journal.open(encodeOpen(openRecord('gen-c')))
  await journal.done(third, doneLine('gen-c'))
  expect(first.number).toBeLessThan(third.number)
  journal.discardBefore(1_000)
  expect(readJournal(directory).unfinished.map(({ id }) => id)).toEqual(['gen-a'])
  first.unposted += 1
  await journal.done(first, doneLine('gen-a'))
  journal.discardBefore(1_000)
  expect(readJournal(directory).done.map(({ id }) => id)).toContain('gen-a')
  first.unposted -= 1
  journal.rotate()
  journal.discardBefore(1_000)
  expect(readJournal(directory).done.map(({ id }) => id)).not.toContain('gen-a')
  await journal.close()
})

test('a later journal continues behind the segments of an earlier one', async () => {
  const earlier = newJournal()
  await earlier.done(earlier.open(encodeOpen(openRecord('gen-a'))), doneLine('gen-a'))
  await earlier.close()
  const later = newJournal()
  await later.done(later.open(encodeOpen(openRecord('gen-b'))), doneLine('gen-b'))
  await later.close()
  expect(readJournal(directory).done.map(({ id }) => id)).toEqual(['gen-a', 'gen-b'])
})
