export interface CsvRow {
  /** Where it begins, from 1. */
  line: number
  cells: string[]
}

/** What isn't CSV; the message says from which line on. */
export class CsvFault extends Error {}

/** A cell and what ends it. The inner quotes are taken in runs, so that a long cell takes no deep stack. */
const CELL = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y
const LINE_END = /\r\n|\n|\r/g
const BYTE_ORDER_MARK = /^\uFEFF/

/** The rows of a text in CSV (RFC 4180), whatever ends its lines; empty lines are none. Throws CsvFault. */
export function parseCsv(given: string): CsvRow[] {
  const text = given.replace(BYTE_ORDER_MARK, '')
  const rows: CsvRow[] = []
  const cell = new RegExp(CELL)
  let row: CsvRow = { line: 1, cells: [] }
  let line = 1
  for (;;) {
    const match = cell.exec(text)
    if (match === null) throw new CsvFault(`line ${line}: a quote where none belongs, or one without its end`)
    const [whole, quoted, plain = '', end] = match
    row.cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    line += whole.match(LINE_END)?.length ?? 0
    if (end === ',') continue
    if (row.cells.length > 1 || whole.trim() !== '') rows.push(row)
    if (end === '') return rows
    row = { line, cells: [] }
  }
}
