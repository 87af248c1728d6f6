import { createReadStream, createWriteStream } from 'node:fs'
import { link, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { z } from 'zod'
import { syncDirectory } from '../embedded/durable-file.ts'
import { TransferRefused } from './load-transfer.ts'
import type { TransferHeader, TransferSink } from './read-transfer.ts'

/*
 * A backup in a file: gzip of lines of JSON. The first line says what it is and what must come out of it, then comes the name
 * of each table before its rows, and a last line says that nothing is missing.
 */

const FORMAT = 'switchyard-backup'
const VERSION = 1
const END = '{"end":true}'
const ROWS_AT_ONCE = 200
const TABLE = /^\{"table":"([a-z0-9_]+)"\}$/

const Count = z.string().regex(/^-?\d+$/)
const Header = z.object({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  made_at: z.string(),
  migrations: z.array(z.object({ number: z.number().int(), name: z.string(), checksum: z.string() })).min(1),
  tables: z.array(z.object({ name: z.string(), columns: z.array(z.string()), rows: Count, sum: Count })),
  sequences: z.array(z.object({ table: z.string(), column: z.string(), last: Count, isCalled: z.boolean() })),
  months: z.array(z.string()),
  ledger: z.array(z.object({ organization_id: z.string(), entries: Count, amount_nano: Count })),
  audit: z.array(z.object({ organization_id: z.string(), sequence: Count, hash: z.string() })),
})

export type BackupHeader = TransferHeader & { made_at: string }

/**
 * Writes what `read` gives into `path`, which must not exist and is there only when it is whole and synced.
 */
export async function writeTransferFile(
  path: string,
  madeAt: string,
  read: (sink: TransferSink) => Promise<TransferHeader>,
): Promise<TransferHeader> {
  const part = `${path}.part`
  await rm(part, { force: true })
  const gzip = createGzip()
  const written = pipeline(gzip, createWriteStream(part, { flags: 'wx', mode: 0o600 }))
  // Awaited below; a failure meanwhile must not end the process.
  written.catch(() => {})
  const put = (lines: readonly string[]) =>
    new Promise<void>((resolve, reject) =>
      gzip.write(`${lines.join('\n')}\n`, (error) => (error ? reject(error) : resolve())),
    )
  try {
    const header = await read({
      begin: (found) => put([JSON.stringify({ format: FORMAT, version: VERSION, made_at: madeAt, ...found })]),
      table: (name) => put([JSON.stringify({ table: name })]),
      rows: put,
    })
    gzip.end(`${END}\n`)
    await written
    await syncFile(part)
    // Unlike a rename it never takes the place of another file.
    await link(part, path)
    await syncDirectory(dirname(path))
    return header
  } catch (error) {
    gzip.destroy(error as Error)
    // It tells the cause, such as a full disk, where the other only tells that the stream is gone.
    await written
    throw error
  } finally {
    await rm(part, { force: true })
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** What a backup says of itself. Throws TransferRefused when the file isn't one. */
export async function readTransferHeader(path: string): Promise<BackupHeader> {
  for await (const line of linesOf(path)) return parseHeader(path, line)
  throw new TransferRefused(`${path} is no backup: it is empty`)
}

/** Gives a backup to `sink`. Throws TransferRefused when the file isn't whole. */
export async function readTransferFile(path: string, sink: TransferSink): Promise<void> {
  let isBegun = false
  let isEnded = false
  let rows: string[] = []
  const pass = async () => {
    if (rows.length > 0) await sink.rows(rows)
    rows = []
  }
  for await (const line of linesOf(path)) {
    if (isEnded) throw new TransferRefused(`${path} is damaged: it goes on behind its end`)
    const table = TABLE.exec(line)?.[1]
    if (!isBegun) await sink.begin(parseHeader(path, line))
    else if (line === END) isEnded = true
    else if (table === undefined) rows.push(line)
    isBegun = true
    if (rows.length === ROWS_AT_ONCE || table !== undefined || isEnded) await pass()
    if (table !== undefined) await sink.table(table)
  }
  if (!isEnded) throw new TransferRefused(`${path} is damaged: its end is missing`)
}

function parseHeader(path: string, line: string): BackupHeader {
  const { success, data } = Header.safeParse(parseJson(line))
  if (success) return data
  throw new TransferRefused(`${path} is no backup that this version of Switchyard reads`)
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const gunzip = createGunzip()
  const source = createReadStream(path)
  source.on('error', (error) => gunzip.destroy(error))
  source.pipe(gunzip)
  try {
    yield* linesIn(gunzip)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (!/^Z_|^ERR_|^HPE_/.test(code)) throw error
    throw new TransferRefused(`${path} is damaged or no backup: ${(error as Error).message}`)
  } finally {
    source.destroy()
    gunzip.destroy()
  }
}

async function* linesIn(stream: Readable): AsyncGenerator<string> {
  stream.setEncoding('utf8')
  let rest = ''
  for await (const chunk of stream as AsyncIterable<string>) {
    const lines = chunk.split('\n')
    lines[0] = rest + lines[0]
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}
