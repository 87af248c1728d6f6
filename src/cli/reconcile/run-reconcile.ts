import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { formatUsd, type NanoUsd, parseDecimal, toUsd } from '../../domain/money.ts'
import {
  type BilledCost,
  distanceOf,
  modelNames,
  type ReconciledRow,
  type Reconciliation,
  reconcile,
  toNano,
} from '../../domain/reconciliation.ts'
import { BadExport } from '../import/bad-export.ts'
import { readOurCosts } from './our-costs.ts'
import { type BillFormatName, readBill } from './read-bill.ts'

export interface ReconcileSettings {
  url: string
  provider: string
  month: string
  file: string
  format: BillFormatName
  tolerance: string
  byok?: true
  map?: string[]
  dateColumn?: string
  modelColumn?: string
  costColumn?: string
  currencyColumn?: string
}

interface Target {
  origin: string
  key: string
}

/** Both sides of a month, and whether they are as near as wanted. Throws BadExport for what is wrong in the line or the file. */
export async function runReconcile(
  settings: ReconcileSettings,
  { target, stdin }: { target: Target; stdin: NodeJS.ReadableStream },
): Promise<{ isWithin: boolean; body: object }> {
  const { month, provider, byok = false } = settings
  if (!/^\d{4}-(?:0[1-9]|1[0-2])$/.test(month)) throw new BadExport(`--month: ${month} is not YYYY-MM`)
  const tolerance = toleranceOf(settings.tolerance)
  const given = mapOf(settings.map ?? [])
  const { dateColumn: date, modelColumn: model, costColumn: cost, currencyColumn: currency } = settings
  const bill = readBill(await textOf(settings.file, stdin), settings.format, { date, model, cost, currency })
  const ours = await readOurCosts({ ...target, provider, month, isByok: byok })
  const inMonth = bill.filter((line) => line.date.startsWith(month))
  const names = modelNames(new Set(ours.costs.map((line) => line.model)), given)
  const result = reconcile(ours.costs, inMonth, names)
  const distance = distanceOf(result)
  const isWithin = distance !== null && distance <= tolerance
  const others = bill.filter((line) => !line.date.startsWith(month))
  const body = {
    data: result.rows.map(rowToWire),
    summary: summaryOf(result, { distance, month }),
    ...{ provider, month, is_within_tolerance: isWithin },
    accounted_within_percent: distance === null ? null : percentOf(distance),
    ...totalsToWire(result),
    not_compared_usd: toUsd(ours.elsewhere),
    other_months_rows: others.length,
    other_months_usd: toUsd(totalOf(others)),
  }
  return { isWithin, body }
}

/** In ten-thousandths of a per cent. */
function toleranceOf(given: string): bigint {
  try {
    const tolerance = parseDecimal(given, 4)
    if (tolerance >= 0n) return tolerance
  } catch {}
  throw new BadExport(`--tolerance: ${given} is not a number of per cent`)
}

/** `theirs=ours`: what stands behind the last sign of equality is ours. */
function mapOf(pairs: readonly string[]): Map<string, string> {
  return new Map(
    pairs.map((pair) => {
      const at = pair.lastIndexOf('=')
      if (at < 1 || at === pair.length - 1) throw new BadExport(`--map: ${pair} is not THEIRS=OURS`)
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}

async function textOf(file: string, stdin: NodeJS.ReadableStream): Promise<string> {
  if (file === '-') return await text(stdin)
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new BadExport(`--file: ${(error as Error).message}`)
  }
}

function totalOf(lines: readonly BilledCost[]): NanoUsd {
  return toNano(lines.reduce((sum, { amount }) => sum + amount, 0n))
}

const usdOf = (nano: NanoUsd | null) => (nano === null ? null : toUsd(nano))

function rowToWire({ date, model, ours, theirs, reported }: ReconciledRow): object {
  return {
    date,
    model: model || '(no model)',
    ours_usd: usdOf(ours),
    theirs_usd: usdOf(theirs),
    difference_usd: toUsd((ours ?? 0n) - (theirs ?? 0n)),
    only: ours === null ? 'theirs' : theirs === null ? 'ours' : null,
    reported_usd: reported === 0n ? null : toUsd(reported),
  }
}

function totalsToWire({ ours, theirs, reported }: Reconciliation): object {
  return {
    ours_usd: toUsd(ours),
    theirs_usd: toUsd(theirs),
    difference_usd: toUsd(ours - theirs),
    reported_usd: reported === 0n ? null : toUsd(reported),
  }
}

/** Rounded up to two decimals, so that it is never said to be nearer than it is. */
function percentOf(distance: bigint): number {
  return Number((distance + 99n) / 100n) / 100
}

function summaryOf(
  { ours, theirs }: Reconciliation,
  { distance, month }: { distance: bigint | null; month: string },
): string {
  const sides = `ours ${formatUsd(ours)}, theirs ${formatUsd(theirs)}`
  if (distance === null) return `not accounted for: the bill has nothing in ${month} (${sides})`
  return `accounted within ${percentOf(distance)} % (${sides})`
}
