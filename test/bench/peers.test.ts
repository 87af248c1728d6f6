import { describe, expect, test } from 'vitest'
import type { Measurement } from './measurement.ts'
import { describePeers, type PeersRecord, replaceSection, speedRows } from './peer-report.ts'
import { type Asked, type BudgetRecord, judgeBudget } from './peer-scenes.ts'

/* A judge that finds nothing shows nothing: each figure gets a record with one violation. Times are milliseconds. */

function asked(marker: string, sentAt: number, end: Asked['end'] = 'whole'): Asked {
  return { marker, sentAt, endedAt: sentAt + 50, end }
}

/** Three of 10 fit; each may cost 12. The fourth asks when all is booked. */
const RIGHT: BudgetRecord = {
  budget: 32n,
  most: 12n,
  asked: [asked('a', 0), asked('b', 0), asked('c', 2_000), asked('d', 10_000, 'refused')],
  billed: new Map([
    ['a', 10n],
    ['b', 10n],
    ['c', 10n],
  ]),
  missing: [],
}

describe('the judge of a budget', () => {
  test('finds nothing where exactly what fits was let through', () => {
    expect(judgeBudget(RIGHT)).toEqual({
      ...{ whole: 3, refused: 1, failed: 0, billed: 30n, overspend: 0n, left: 2n },
      ...{ wrongRefusals: 0, lostRows: 0 },
    })
  })

  test('tells what the provider billed beyond the budget', () => {
    const billed = new Map([...RIGHT.billed, ['d', 3n]])
    expect(judgeBudget({ ...RIGHT, billed })).toMatchObject({ overspend: 1n, left: 0n })
  })

  test('counts a request that the gateway refused and the provider billed all the same', () => {
    const billed = new Map([...RIGHT.billed, ['d', 10n]])
    expect(judgeBudget({ ...RIGHT, billed })).toMatchObject({ billed: 40n, overspend: 8n, refused: 1 })
  })

  test('finds a refusal wrong when the money for it was there', () => {
    const billed = new Map([...RIGHT.billed].slice(0, 2))
    const without = RIGHT.asked.filter(({ marker }) => marker !== 'c')
    expect(judgeBudget({ ...RIGHT, asked: without, billed })).toMatchObject({ wrongRefusals: 1, left: 12n })
  })

  test('finds a refusal right while open requests may still cost too much, and for half a second after', () => {
    const open = (sentAt: number) => [asked('a', 0), asked('b', 0), asked('d', sentAt, 'refused')]
    const billed = new Map([...RIGHT.billed].slice(0, 2))
    const countOf = (sentAt: number) => judgeBudget({ ...RIGHT, asked: open(sentAt), billed }).wrongRefusals
    expect([0, 500, 551, 5_000].map(countOf)).toEqual([0, 0, 1, 1])
  })

  test('counts what failed otherwise apart from refusals', () => {
    const failed = [...RIGHT.asked, asked('e', 11_000, 'failed')]
    expect(judgeBudget({ ...RIGHT, asked: failed })).toMatchObject({ failed: 1, refused: 1, wrongRefusals: 0 })
  })

  test('counts answers without a row', () => {
    expect(judgeBudget({ ...RIGHT, missing: ['gen-1'] }).lostRows).toBe(1)
  })
})

function measurement(changes: Partial<Measurement> = {}): Measurement {
  return {
    ...{ completed: 500, failed: 0, requestsPerSecond: 100, readsPerResponse: 1, cpuMicrosPerRequest: 200 },
    ...{ latencyMs: { p50: 2, p99: 5 }, firstContentMs: { p50: 1, p99: 3 }, busy: 1, residentMb: 80, lateShare: 0 },
    ...changes,
  }
}

function record(changes: Partial<PeersRecord> = {}, common: Partial<Measurement> = {}): PeersRecord {
  const slower = { p50: 3.5, p99: 9 }
  return {
    command: 'npm run bench:peers',
    machine: 'a machine',
    rates: { json: 100, sse: 10 },
    direct: { json: [measurement()] },
    settings: { one: 'as it comes' },
    speed: [
      {
        ...{ peer: 'one', column: 'plain', kind: 'json' },
        common: [measurement({ latencyMs: slower, ...common })],
        saturated: measurement(),
        sustained: { ratePerSecond: 950, measurement: measurement() },
      },
    ],
    governance: [{ peer: 'one', found: { budget: judgeBudget(RIGHT), revocations: [0, 4] } }],
    missing: [],
    ...changes,
  }
}

describe('the table', () => {
  test('tells what is added to the time without a gateway', () => {
    expect(speedRows(record(), 'json')).toMatchObject([
      { 'requests/s': '950', 'added p50, ms, at 100/s': '1.50', 'added p99, ms': '4.00' },
    ])
  })

  test.each([
    ['fell behind the common rate', { requestsPerSecond: 90 }],
    ['failed a request at it', { failed: 1 }],
  ])('has no time of one that %s', (_name, common) => {
    expect(speedRows(record({}, common), 'json')).toMatchObject([
      { 'added p50, ms, at 100/s': 'not sustained', 'added p99, ms': '–' },
    ])
  })

  test('marks a rate that the load bounded', () => {
    const idle = record().speed.map((one) => ({ ...one, saturated: measurement({ busy: 0.5 }) }))
    expect(speedRows(record({ speed: idle }), 'json')).toMatchObject([{ 'requests/s': '950 (load-bound)' }])
  })

  test('is a page with figures of both kinds, and each reason for which there are none', () => {
    const governance = [...record().governance, { peer: 'two', found: 'is not offered' }]
    const page = describePeers(record({ governance, missing: [{ what: 'three', why: 'is not to be had' }] }))
    expect(page).toContain('| one | plain | 950 | 1.50 | 4.00 |')
    expect(page).toContain('| one | 3 | 1 | $0.00 | $0.000000002 | 0 | 0 | 0 | 4 |')
    expect(page).toContain('| two | – |')
    expect(page).toContain('- two, governed: is not offered')
    expect(page).toContain('- three: is not to be had')
  })

  test('is put below its heading, and what is around it stays', () => {
    const page = '# Peers\n\n## Figures\n\nold\nold\n\n## After\n\nrest\n'
    expect(replaceSection(page, 'Figures', 'new')).toBe('# Peers\n\n## Figures\n\nnew\n\n## After\n\nrest\n')
    expect(replaceSection('# Peers\n\n## Figures\n\nold\n', 'Figures', 'new')).toBe('# Peers\n\n## Figures\n\nnew\n')
    expect(() => replaceSection(page, 'Numbers', 'new')).toThrow('no heading')
  })
})
