import { describe, expect, test } from 'vitest'
import type { BudgetAccount } from './account.ts'
import { type AuditRecord, judgeAudit } from './audit.ts'
import { type Claim, describePage, exactly, exitCodeOf, type Figure, isProven } from './claim.ts'
import { type CutRecord, judgeStreams } from './cut-streams.ts'
import { type IsolationRecord, judgeIsolation } from './isolation.ts'
import { judgeBudgets } from './judge-budgets.ts'
import { type Felt, judgeRevocation } from './revocation.ts'

/* A proof that can't fail shows nothing: each judge gets a record with one violation at a time. */

const CLAIM: Claim = {
  name: 'one',
  guarantee: 'It holds.',
  done: 'tried',
  figures: [exactly('lost', 0, 0)],
  faults: [],
}

describe('the verdict', () => {
  test.each<[string, Figure, boolean]>([
    ['exactly what it must be', exactly('lost', 0, 0), true],
    ['more than it may be', exactly('lost', 1, 0), false],
    ['less than it must be', { name: 'tried', value: 0, atLeast: 1 }, false],
    ['a bound exactly met', { name: 'p99', value: 1_000, atMost: 1_000 }, true],
    ['not a number, under a bound', { name: 'p99', value: Number.NaN, atMost: 1_000 }, false],
    ['endless, over a bound', { name: 'tried', value: Number.POSITIVE_INFINITY, atLeast: 1 }, false],
    ['money a nano-dollar too much', exactly('overspend', 1n, 0n), false],
  ])('a claim whose figure is %s is proven only if that holds', (_name, figure, isRight) => {
    const claim = { ...CLAIM, figures: [exactly('others', 0, 0), figure] }
    expect(isProven(claim)).toBe(isRight)
    expect(exitCodeOf([CLAIM, claim, CLAIM])).toBe(isRight ? 0 : 1)
  })

  test('a claim with a fault, without figures, or with none that could fail is not proven', () => {
    expect(isProven(CLAIM)).toBe(true)
    expect(isProven({ ...CLAIM, faults: ['something'] })).toBe(false)
    expect(isProven({ ...CLAIM, figures: [] })).toBe(false)
    expect(isProven({ ...CLAIM, figures: [{ name: 'tried', value: 5 }] })).toBe(false)
  })

  test('where nothing was claimed the exit code is 1', () => {
    expect(exitCodeOf([])).toBe(1)
    expect(exitCodeOf([CLAIM])).toBe(0)
  })

  test('the page marks the figure that fails, its claim and the whole', () => {
    const failed = { ...CLAIM, name: 'two', figures: [exactly('lost', 3, 0)], faults: ['c1 has no row'] }
    const page = describePage(
      [CLAIM, failed].map((claim) => ({ ...claim, command: 'npm run prove', seconds: 2 })),
      '2 cores',
    )
    expect(page).toContain('one: proven')
    expect(page).toContain('two: NOT PROVEN')
    expect(page).toMatch(/! lost +3 {2}\(must be 0\)/)
    expect(page).toContain('! c1 has no row')
    expect(page).toContain('1 of 2 claims proven in 4 seconds on 2 cores: NOT ALL PROVEN')
  })
})

/** With the record as it is the claim is proven, with any one of the violations it isn't. */
function judgeFails<Record>(judge: (record: Record) => Claim, good: Record, violations: [string, Partial<Record>][]) {
  test('what is as it must be is proven', () => expect(judge(good)).toSatisfy(isProven))
  test.each(violations)('%s is not proven', (_name, violation) => {
    expect(isProven(judge({ ...good, ...violation }))).toBe(false)
  })
}

describe('budgets', () => {
  const account: BudgetAccount = {
    counts: { whole: 5, refused: 2, broken: 1, away: 0, unexpected: 0 },
    kills: 1,
    limit: 100n,
    billed: 90n,
    settled: 95n,
    held: 0n,
    padded: 5n,
    overspend: 0n,
    lagMsMax: 500,
    left: 5n,
    smallest: 6n,
    wrongRefusals: [],
    lostRows: [],
    faults: [],
  }
  const refusal: BudgetAccount['wrongRefusals'][number] = {
    marker: 'c1.1',
    replica: 0,
    sentAt: 0,
    endedAt: 1,
    end: 'refused',
    cost: null,
    heldInput: 1n,
    needed: 6n,
    text: '402',
  }
  const options = { replicas: 2, streams: 8, poolUsd: 1, kills: 1, seed: 1 }
  judgeFails((record) => judgeBudgets(record, options), account, [
    ['a nano-dollar overspent', { overspend: 1n }],
    ['a bill beyond the pool', { billed: 101n }],
    ['a counter beyond the pool', { settled: 101n }],
    ['money still held', { held: 1n }],
    ['money for the smallest request left', { left: 6n }],
    ['a wrong refusal', { wrongRefusals: [refusal] }],
    ['a lost row', { lostRows: ['c1.1'] }],
    ['a charge that was told otherwise', { faults: ['c1.1 was told 1 and charged 2'] }],
    ['no stream that ended whole', { counts: { ...account.counts, whole: 0 } }],
    ['nobody refused', { counts: { ...account.counts, refused: 0 } }],
  ])
})

describe('revocation', () => {
  const felt: Felt = { lastAcceptedMs: 100, answeredMs: 50, lateCount: 0 }
  const many = Array.from({ length: 99 }, () => felt)
  judgeFails(judgeRevocation, { felt: many, unnotified: [felt] }, [
    ['a request that was accepted after the answer', { felt: [...many, { ...felt, lateCount: 1 }] }],
    ['the same without notifications', { unnotified: [{ ...felt, lateCount: 1 }] }],
    ['a p99 of more than a second', { felt: [...many, ...Array(2).fill({ ...felt, lastAcceptedMs: 1_001 })] }],
    ['one revocation that was felt after five seconds', { felt: [...many, { ...felt, lastAcceptedMs: 5_001 }] }],
    ['the same without notifications, too', { unnotified: [{ ...felt, lastAcceptedMs: 5_001 }] }],
    ['nothing revoked', { felt: [] }],
    ['nothing revoked without notifications', { unnotified: [] }],
  ])
})

describe('audit', () => {
  const clean = { code: 0, isIntact: true, rowsChecked: 40, sequence: null }
  const found = { name: 'edit', firstBad: 3, verdict: { code: 5, isIntact: false, rowsChecked: 2, sequence: 3 } }
  const record: AuditRecord = { seed: 1, tamperings: 1, rows: 40, intact: [clean, clean], tampered: [found] }
  const withVerdict = (verdict: Partial<typeof found.verdict>) => ({
    tampered: [{ ...found, verdict: { ...found.verdict, ...verdict } }],
  })
  judgeFails(judgeAudit, record, [
    ['a tampering that is not found', { tampered: [{ ...found, verdict: clean }] }],
    ['one whose exit code tells nothing', withVerdict({ code: 0 })],
    ['a command that failed otherwise', withVerdict({ code: 1 })],
    ['another row named', withVerdict({ sequence: 4 })],
    ['a tampering that nobody asked about', { tampered: [] }],
    ['an intact log called bad', { intact: [clean, { ...clean, code: 5, isIntact: false }] }],
    ['an intact log that was read in part', { intact: [{ ...clean, rowsChecked: 39 }, clean] }],
    ['nothing tried', { tamperings: 0, tampered: [] }],
  ])
})

describe('isolation', () => {
  const record: IsolationRecord = {
    changes: 10,
    seed: 1,
    first: { status: 200, body: {}, cap: null },
    differing: [],
    isSameModels: true,
    cost: 110n,
    budgetSpent: 110n,
    keyUsage: 110n,
    logRows: 11,
    foreignLogRows: 0,
    ownReads: 11,
    ownReadsAnswered: 11,
    foreignReads: 12,
    foreignReadsAnswered: 0,
    drainedStatus: 402,
    isSameAfterDrain: true,
  }
  judgeFails(judgeIsolation, record, [
    ['an answer that differs', { differing: ['change 3'] }],
    ['another list of models', { isSameModels: false }],
    ['another answer when others have used everything up', { isSameAfterDrain: false }],
    ['a request of another workspace in the logs', { foreignLogRows: 1 }],
    ['a request shown to a key of another workspace', { foreignReadsAnswered: 1 }],
    ['requests that nobody is shown', { ownReadsAnswered: 0 }],
    ['requests missing in the logs', { logRows: 10 }],
    ['a budget that counts what others spend', { budgetSpent: 111n }],
    ['a key that is charged twice', { keyUsage: 120n }],
    ['an answer that was an error all along', { first: { status: 503, body: {}, cap: null } }],
    ['a workspace that spends what others reserve', { drainedStatus: 200 }],
    ['nothing changed', { changes: 0 }],
  ])
})

describe('streams', () => {
  const record: CutRecord = {
    cuts: 10,
    endedOnce: 8,
    refused: 2,
    problems: [],
    generations: 10,
    charged: 50n,
    keyUsage: 50n,
  }
  judgeFails((one: CutRecord) => judgeStreams([record, one]), record, [
    ['a stream with two ends or none', { problems: ['ends at 1,2 of 3'] }],
    ['a stream without a generation of its own', { generations: 9 }],
    ['a key charged otherwise than its streams', { keyUsage: 51n }],
    ['less charged than counted', { charged: 49n }],
  ])
  test('nothing cut is not proven', () => expect(isProven(judgeStreams([]))).toBe(false))
})
