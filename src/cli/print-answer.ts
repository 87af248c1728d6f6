/*
 * An answer of the API for people: a page of rows as a table as wide as the terminal, one thing as a line for each field.
 * Everything else, and everything for scripts, is JSON.
 */

const GAP = '  '
const CELL_WIDTH_MAX = 40
/** Wide, and seldom what somebody looks for in a list. */
const REFERENCE = /_(?:id|ids|hash|hashes)$/
const ELLIPSIS = '…'
/** What is typed into the next command. */
const NEVER_CUT = new Set(['id', 'hash', 'user_id'])
const COLUMNS_FIRST = ['id', 'hash', 'user_id', 'name', 'slug', 'email', 'role', 'action', 'resource_type']
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
  const all = columnsOf(rows)
  const columns = thoseThatFit(all, rows, width)
  const widths = columns.map((column) => columnWidth(column, rows))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join(GAP)
      .trimEnd()
  const lines = [
    columns.map((column) => column.toUpperCase()),
    ...rows.map((row) => columns.map((column) => shortened(column, row))),
  ]
  const left = all.filter((column) => !columns.includes(column))
  const note = left.length === 0 ? '' : `(--json also shows ${left.join(', ')})\n`
  return `${lines.map(line).join('\n')}\n${note}`
}

/** What names a row comes first, and what refers to another thing last. What no row has isn't there. */
function columnsOf(rows: readonly Row[]): string[] {
  // A key is told by its hash; what has an id of its own is told by that.
  const isTold = rows.some(({ id }) => typeof id === 'string')
  const rank = (column: string) => {
    if (column === 'hash' && isTold) return COLUMNS_FIRST.length + 1
    if (COLUMNS_FIRST.includes(column)) return COLUMNS_FIRST.indexOf(column)
    const isLast = REFERENCE.test(column) || rows.some((row) => typeof row[column] === 'object' && row[column] !== null)
    return isLast ? COLUMNS_FIRST.length + 1 : COLUMNS_FIRST.length
  }
  return [...new Set(rows.flatMap((row) => Object.keys(row)))]
    .filter((column) => rows.some((row) => row[column] !== null && row[column] !== undefined))
    .sort((one, other) => rank(one) - rank(other))
}

function thoseThatFit(columns: readonly string[], rows: readonly Row[], width: number): string[] {
  const kept: string[] = []
  let used = 0
  for (const column of columns) {
    const needed = columnWidth(column, rows) + GAP.length
    if (kept.length > 0 && used + needed > width + GAP.length) continue
    used += needed
    kept.push(column)
  }
  return kept
}

function columnWidth(column: string, rows: readonly Row[]): number {
  return rows.reduce((widest, row) => Math.max(widest, shortened(column, row).length), column.length)
}

function renderFields(fields: Row): string {
  const entries = Object.entries(fields)
  const widest = entries.reduce((width, [name]) => Math.max(width, name.length), 0)
  return entries.map(([name, value]) => `${name.padEnd(widest)}${GAP}${cellOf(value)}\n`).join('')
}

function shortened(column: string, row: Row): string {
  const text = cellOf(row[column])
  return NEVER_CUT.has(column) || text.length <= CELL_WIDTH_MAX ? text : text.slice(0, CELL_WIDTH_MAX - 1) + ELLIPSIS
}

/** Names are written by users, so what steers a terminal is taken out of them. */
function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '-'
  return (typeof value === 'string' ? value : JSON.stringify(value)).replace(CONTROL, ' ')
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
