import { type Kysely, sql } from 'kysely'
import { ensureGenerationPartitions } from '../partitions.ts'
import type { Db, Schema, Tx } from '../schema.ts'
import type { TransferHeader, TransferSequence, TransferSink } from './read-transfer.ts'
import { listFilled, listTransferTables, readTableSum, setTransferSession, type TransferTable } from './tables.ts'

const BATCH_BYTES = 4 << 20

/** The database was left as it was; the message says why. */
export class TransferRefused extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'TransferRefused'
  }
}

export interface LoadOptions {
  /** What is in the database goes; otherwise it must be empty. */
  isReplacing: boolean
  /** Runs last in the transaction: what it throws leaves the database as it was. */
  check: (tx: Tx, header: TransferHeader) => Promise<void>
}

/**
 * Fills a database, whose schema must be that of the transfer, with what `feed` gives. One transaction, so after any failure
 * the database is as it was. Throws TransferRefused when it isn't empty and may not be replaced, when the schema is another,
 * and when what was stored isn't what was read.
 */
export async function loadTransfer(
  db: Kysely<Schema>,
  feed: (sink: TransferSink) => Promise<unknown>,
  options: LoadOptions,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await setTransferSession(tx)
    const loader = new Loader(tx, options)
    await feed(loader)
    await loader.finish()
  })
}

class Loader implements TransferSink {
  readonly #tx: Tx
  readonly #options: LoadOptions
  #header: TransferHeader | undefined
  #tables: readonly TransferTable[] = []
  #table: TransferTable | undefined
  #lines: string[] = []
  #bytes = 0

  constructor(tx: Tx, options: LoadOptions) {
    this.#tx = tx
    this.#options = options
  }

  async begin(header: TransferHeader): Promise<void> {
    this.#header = header
    this.#tables = await listTransferTables(this.#tx)
    requireSameTables(header, this.#tables)
    const filled = await listFilled(this.#tx, this.#tables)
    if (filled.length > 0 && !this.#options.isReplacing)
      throw new TransferRefused(`the database is not empty: there are rows in ${filled.slice(0, 5).join(', ')}`)
    // Triggers guard what the program writes; here rows come that were guarded when they were written.
    await setTriggers(this.#tx, this.#tables, 'DISABLE')
    if (filled.length > 0)
      await sql`TRUNCATE ${sql.join(this.#tables.map(({ name }) => sql.table(name)))}`.execute(this.#tx)
    for (const month of header.months) await ensureGenerationPartitions(this.#tx, Date.parse(month), 0)
  }

  async table(name: string): Promise<void> {
    await this.#flush()
    this.#table = this.#tables.find((table) => table.name === name)
    if (this.#table === undefined) throw new TransferRefused(`the schema has no table ${name}`)
  }

  async rows(lines: readonly string[]): Promise<void> {
    for (const line of lines) {
      this.#lines.push(line)
      this.#bytes += line.length
      if (this.#bytes >= BATCH_BYTES) await this.#flush()
    }
  }

  async finish(): Promise<void> {
    await this.#flush()
    const header = this.#header
    if (header === undefined) throw new TransferRefused('the transfer is empty')
    await setSequences(this.#tx, header.sequences, this.#tables)
    await setTriggers(this.#tx, this.#tables, 'ENABLE')
    await requireSums(this.#tx, header, this.#tables)
    await this.#options.check(this.#tx, header)
  }

  async #flush(): Promise<void> {
    if (this.#table === undefined || this.#lines.length === 0) return
    const { name, columns } = this.#table
    const names = sql.join(columns.map((column) => sql.ref(column.name)))
    const values = sql.join(columns.map(({ type }, index) => sql`(line ->> ${sql.lit(index)})::${sql.raw(type)}`))
    await sql`INSERT INTO ${sql.table(name)} (${names}) OVERRIDING SYSTEM VALUE
      SELECT ${values} FROM json_array_elements(${`[${this.#lines.join(',')}]`}::json) AS line`.execute(this.#tx)
    this.#lines = []
    this.#bytes = 0
  }
}

function requireSameTables({ tables }: TransferHeader, here: readonly TransferTable[]): void {
  const shape = (list: readonly { name: string; columns: readonly string[] }[]) =>
    list.map(({ name, columns }) => `${name} (${columns.join(', ')})`)
  const wanted = shape(tables)
  const found = shape(here.map(({ name, columns }) => ({ name, columns: columns.map((column) => column.name) })))
  const missing = wanted.filter((table) => !found.includes(table))
  const surplus = found.filter((table) => !wanted.includes(table))
  const [first] = [...missing, ...surplus]
  if (first !== undefined) throw new TransferRefused(`the schema differs from that of the data, first in ${first}`)
}

async function setTriggers(tx: Db, tables: readonly TransferTable[], word: 'DISABLE' | 'ENABLE'): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    SELECT DISTINCT relname AS name FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE NOT tgisinternal`.execute(tx)
  const ours = rows.filter(({ name }) => tables.some((table) => table.name === name))
  for (const { name } of ours) await sql`ALTER TABLE ${sql.table(name)} ${sql.raw(word)} TRIGGER USER`.execute(tx)
}

async function setSequences(
  tx: Db,
  sequences: readonly TransferSequence[],
  tables: readonly TransferTable[],
): Promise<void> {
  for (const { table, column, last, isCalled } of sequences) {
    if (!tables.some(({ name }) => name === table)) throw new TransferRefused(`the schema has no table ${table}`)
    await sql`SELECT setval(pg_get_serial_sequence(quote_ident(${table}), ${column}), ${last}::bigint, ${isCalled})`.execute(
      tx,
    )
  }
}

async function requireSums(tx: Db, header: TransferHeader, tables: readonly TransferTable[]): Promise<void> {
  for (const table of tables) {
    const wanted = header.tables.find(({ name }) => name === table.name)
    const found = await readTableSum(tx, table)
    if (wanted?.rows !== found.rows)
      throw new TransferRefused(`${table.name} should have ${wanted?.rows} rows and has ${found.rows}`)
    if (wanted.sum !== found.sum)
      throw new TransferRefused(`the content of ${table.name} is not what was read: its sum differs`)
  }
}
