const NEEDS_QUOTES = /[",\r\n]/
/** What spreadsheet programs take for a formula. */
const FORMULA = /^[=+\-@\t\r]/

/** A line of CSV (RFC 4180), ended by a line feed. A text that a spreadsheet would calculate gets an apostrophe before it. */
export function toCsvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(toCell).join(',')}\n`
}

function toCell(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = FORMULA.test(value) ? `'${value}` : value
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
