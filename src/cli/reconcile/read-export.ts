import { CsvFault, type CsvRow, parseCsv } from '../../domain/csv-rows.ts'
import { BadExport } from '../import/bad-export.ts'

/** One line of a provider's export. */
export interface ExportRow {
  /** Where it stands in the file, for messages: `line 3`, `data[0].results[1]`. */
  place: string
  /** By column, in small letters; what has no value isn't there. */
  cells: ReadonlyMap<string, string>
}

export interface ExportTable {
  columns: ReadonlySet<string>
  /** Those that the header names more than once. */
  repeated: ReadonlySet<string>
  rows: readonly ExportRow[]
}

const LOOKS_LIKE_JSON = /^[\uFEFF\s]*[[{]/

/** An export in CSV or JSON as one table. Throws BadExport. */
export function readExport(text: string): ExportTable {
  return LOOKS_LIKE_JSON.test(text) ? fromJson(text) : fromCsv(text)
}

function fromCsv(text: string): ExportTable {
  const [header, ...lines] = rowsOf(text)
  if (header === undefined) throw new BadExport('the file is empty')
  const names = header.cells.map((name) => name.trim().toLowerCase())
  const rows = lines.map(({ line, cells }) => {
    if (cells.length !== names.length)
      throw new BadExport(`line ${line}: has ${cells.length} cells, and the header has ${names.length}`)
    const filled = names.map((name, at): [string, string] => [name, (cells[at] ?? '').trim()])
    return { place: `line ${line}`, cells: new Map(filled.filter(([, cell]) => cell !== '')) }
  })
  return { columns: new Set(names), repeated: new Set(names.filter((name, at) => names.indexOf(name) !== at)), rows }
}

function rowsOf(text: string): CsvRow[] {
  try {
    return parseCsv(text)
  } catch (error) {
    throw error instanceof CsvFault ? new BadExport(error.message) : error
  }
}

/** Answers of providers' APIs, a page of them or a list of pages, and plain lists. An inner name is `outer_inner`. */
function fromJson(text: string): ExportTable {
  const rows = itemsOf(parseJson(text), '').map(({ place, item }) => ({ place, cells: new Map(cellsOf(item)) }))
  return { columns: new Set(rows.flatMap(({ cells }) => [...cells.keys()])), repeated: new Set(), rows }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''), keepDecimals)
  } catch (error) {
    throw new BadExport(`not JSON: ${(error as Error).message}`)
  }
}

/** Numbers as they are written: as numbers they might be others. */
function keepDecimals(_name: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' ? (context?.source ?? String(value)) : value
}

type Item = Readonly<Record<string, unknown>>

function itemsOf(value: unknown, place: string): { place: string; item: Item }[] {
  if (Array.isArray(value)) return value.flatMap((one, at) => itemsOf(one, `${place}[${at}]`))
  if (typeof value !== 'object' || value === null) throw new BadExport(`${place}: is no object`)
  const item = value as Item
  const { data, has_more: hasMore, results, ...rest } = item
  if (hasMore === true)
    throw new BadExport(`${named(place, 'has_more')}: more pages follow; put all of them into one list`)
  if (Array.isArray(data)) return itemsOf(data, named(place, 'data'))
  if (!Array.isArray(results)) return [{ place: place || 'the file', item }]
  return itemsOf(results, named(place, 'results')).map((one) => ({ ...one, item: { ...rest, ...one.item } }))
}

function named(place: string, name: string): string {
  return place === '' ? name : `${place}.${name}`
}

function cellsOf(item: Item, before = ''): [string, string][] {
  return Object.entries(item).flatMap(([key, value]): [string, string][] => {
    const name = `${before}${key.toLowerCase()}`
    if (value === null || value === '' || Array.isArray(value)) return []
    return typeof value === 'object' ? cellsOf(value as Item, `${name}_`) : [[name, String(value).trim()]]
  })
}
