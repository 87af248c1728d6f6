/*
 * An answer of the API for people: a page of rows as a table as wide as the terminal, one thing as a line for each field.
 * Everything else, and everything for scripts, is JSON.
 */

const GAP = '  '
const CELL_WIDTH_MAX = 40
const ELLIPSIS = '…'
const COLUMNS_FIRST = ['id', 'hash', 'name', 'slug', 'email', 'role']
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach a terminal
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g

type Row = Record<string, unknown>

/** `body` as text for a terminal of `width` columns. */
export function renderAnswer(body: unknown, width: number): string {
  if (!isRow(body)) return `${cellOf(body)}\n`
  const { data, ...beside } = body
  const notes = renderFields(beside)
  if (Array.isArray(data)) return joined([data.length === 0 ? 'none\n' : renderTable(data, width), notes])
  if (isRow(data)) return joined([renderFields(data), notes])
  return renderFields(body)
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n')
}

function renderTable(data: readonly unknown[], width: number): string {
  const rows = data.map((item) => (isRow(item) ? item : { value: item }))
  const columns = columnsThatFit(rows, width)
  const widths = columns.map((column) => columnWidth(column, rows))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join(GAP)
      .trimEnd()
  const lines = [columns.map((column) => column.toUpperCase()), ...rows.map((row) => columns.map((c) => cut(row[c])))]
  return `${lines.map(line).join('\n')}\n`
}

/** What names a row comes first; then what has few characters, as far as the terminal reaches. */
function columnsThatFit(rows: readonly Row[], width: number): string[] {
  const all = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((column) =>
    rows.some((row) => row[column] !== null && row[column] !== undefined),
  )
  const rank = (column: string) => (COLUMNS_FIRST.includes(column) ? COLUMNS_FIRST.indexOf(column) : 99)
  const ordered = all.sort((one, other) => rank(one) - rank(other))
  const kept: string[] = []
  let used = 0
  for (const column of ordered) {
    used += columnWidth(column, rows) + GAP.length
    if (kept.length > 0 && used > width + GAP.length) break
    kept.push(column)
  }
  return kept
}

function columnWidth(column: string, rows: readonly Row[]): number {
  return rows.reduce((widest, row) => Math.max(widest, cut(row[column]).length), column.length)
}

function renderFields(fields: Row): string {
  const entries = Object.entries(fields)
  const widest = entries.reduce((width, [name]) => Math.max(width, name.length), 0)
  return entries.map(([name, value]) => `${name.padEnd(widest)}${GAP}${cellOf(value)}\n`).join('')
}

function cut(value: unknown): string {
  const text = cellOf(value)
  return text.length <= CELL_WIDTH_MAX ? text : text.slice(0, CELL_WIDTH_MAX - 1) + ELLIPSIS
}

/** Names are written by users, so what steers a terminal is taken out of them. */
function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '-'
  return (typeof value === 'string' ? value : JSON.stringify(value)).replace(CONTROL, ' ')
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
