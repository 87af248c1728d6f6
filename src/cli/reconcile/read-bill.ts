import { parseDecimal } from '../../domain/money.ts'
import { BILL_SCALE, type BilledCost } from '../../domain/reconciliation.ts'
import { toDate } from '../../domain/windows.ts'
import { BadExport } from '../import/bad-export.ts'
import { type ExportRow, type ExportTable, readExport } from './read-export.ts'

/** Columns of an export by what they say; of several names the first that is there counts. */
interface BillFormat {
  date: readonly string[]
  model: readonly string[]
  currency: readonly string[]
  /** With the decimals of a dollar that the unit has: 2 where amounts are in cents. */
  cost: Readonly<Record<string, number>>
  /** Buckets in which nothing was used have no amount. */
  hasEmptyBuckets?: true
}

const FORMATS = {
  generic: { date: ['date'], model: ['model'], currency: ['currency'], cost: { cost_usd: 0 } },
  /** The export of costs, and GET /v1/organization/costs by line item: `gpt-4o-2024-08-06, input`. */
  openai: {
    date: ['start_time_iso', 'start_time'],
    model: ['line_item'],
    currency: ['amount_currency'],
    cost: { amount_value: 0 },
    hasEmptyBuckets: true,
  },
  /** The console's export of costs in dollars, and GET /v1/organizations/cost_report in cents. */
  anthropic: {
    date: ['usage_date_utc', 'starting_at'],
    model: ['model'],
    currency: ['currency'],
    cost: { cost_usd: 0, amount: 2 },
  },
  /** The export of activity, a line for each generation, and GET /api/v1/activity. */
  openrouter: {
    date: ['created_at', 'date'],
    model: ['model_permaslug', 'model'],
    currency: [],
    cost: { cost_total: 0, usage: 0 },
  },
} as const satisfies Record<string, BillFormat>
export type BillFormatName = keyof typeof FORMATS
export const BILL_FORMATS = Object.keys(FORMATS) as BillFormatName[]

/** Columns in place of those of the format. */
export type BillColumns = Partial<Record<'date' | 'model' | 'currency' | 'cost', string | undefined>>

/** The lines of a bill. Throws BadExport naming the line and the column that can't be read. */
export function readBill(text: string, name: BillFormatName, columns: BillColumns = {}): BilledCost[] {
  const table = readExport(text)
  if (table.rows.length === 0) return []
  const format: BillFormat = FORMATS[name]
  const date = required(table, columns.date, { names: format.date, option: '--date-column' })
  const cost = required(table, columns.cost, { names: Object.keys(format.cost), option: '--cost-column' })
  const model = columnOf(table, columns.model, format.model)
  const currency = columnOf(table, columns.currency, format.currency)
  const decimals = format.cost[cost] ?? 0
  return table.rows.flatMap((row) => {
    if (format.hasEmptyBuckets && !row.cells.has(cost)) return []
    requireDollars(row, currency)
    const amount = amountIn(row, cost, decimals)
    // A line item of a model says behind a comma what of it.
    const named = (model === undefined ? undefined : row.cells.get(model)) ?? ''
    return [{ date: dayIn(row, date), model: named.replace(name === 'openai' ? /,.*$/s : '', ''), amount }]
  })
}

function required(
  table: ExportTable,
  given: string | undefined,
  { names, option }: { names: readonly string[]; option: string },
): string {
  const column = columnOf(table, given, names)
  if (column !== undefined) return column
  throw new BadExport(`there is no column ${names.join(' or ')}: ${option} names another`)
}

function columnOf(table: ExportTable, given: string | undefined, names: readonly string[]): string | undefined {
  const column = given?.trim().toLowerCase() ?? names.find((name) => table.columns.has(name))
  if (column === undefined) return undefined
  if (!table.columns.has(column)) throw new BadExport(`there is no column ${given}`)
  if (table.repeated.has(column)) throw new BadExport(`line 1: there are several columns ${column}`)
  return column
}

function requireDollars({ cells, place }: ExportRow, column: string | undefined): void {
  const currency = column === undefined ? undefined : cells.get(column)
  if (currency === undefined || currency.toLowerCase() === 'usd') return
  throw new BadExport(`${place}, column ${column}: ${currency} is not USD`)
}

const AMOUNT_MAX = 10n ** BigInt(BILL_SCALE + 9)

function amountIn({ cells, place }: ExportRow, column: string, decimals: number): bigint {
  const text = cells.get(column) ?? ''
  try {
    const amount = parseDecimal(text, BILL_SCALE - decimals)
    if (amount <= AMOUNT_MAX && amount >= -AMOUNT_MAX) return amount
  } catch {}
  throw new BadExport(`${place}, column ${column}: ${JSON.stringify(text)} is not an amount`)
}

function dayIn({ cells, place }: ExportRow, column: string): string {
  const text = cells.get(column) ?? ''
  const day = utcDayOf(text)
  if (day !== undefined) return day
  throw new BadExport(`${place}, column ${column}: ${JSON.stringify(text)} is not a date (YYYY-MM-DD) or a time`)
}

const SECONDS = /^\d{9,10}(?:\.\d+)?$/
const MILLISECONDS = /^\d{12,13}$/
const INSTANT = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?\s*(Z|UTC|[+-]\d{2}(?::?\d{2})?)?)?$/i

/** The UTC date of a date, an ISO 8601 time (of UTC, where it names no zone), or seconds or milliseconds since 1970. */
export function utcDayOf(text: string): string | undefined {
  if (SECONDS.test(text)) return toDate(Number(text) * 1_000)
  if (MILLISECONDS.test(text)) return toDate(Number(text))
  const [, date, time = '00:00', zone = 'Z'] = INSTANT.exec(text) ?? []
  if (date === undefined || !isRealDate(date)) return undefined
  const at = Date.parse(`${date}T${time}${isoZone(zone)}`)
  return Number.isNaN(at) ? undefined : toDate(at)
}

/** The parser lets 30 February pass as 2 March. */
function isRealDate(date: string): boolean {
  const at = Date.parse(`${date}T00:00Z`)
  return !Number.isNaN(at) && toDate(at) === date
}

/** `+02`, `+0200` and `UTC` as the parser takes them. */
function isoZone(zone: string): string {
  const [, hours, minutes = '00'] = /^([+-]\d{2}):?(\d{2})?$/.exec(zone) ?? []
  return hours === undefined ? 'Z' : `${hours}:${minutes}`
}
