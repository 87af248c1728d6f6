import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { writeDurably } from './durable-file.ts'
import { engineOptions } from './engine-settings.ts'
import { writeArchive } from './snapshot-archive.ts'
import type { SnapshotRecord } from './snapshot-store.ts'
import type { FromWorker, SnapshotOutcome, SnapshotRequest, ToWorker, WorkerData } from './worker-messages.ts'

/*
 * The thread of the embedded database. It answers wire messages in the order they come, each in one uninterrupted piece.
 *
 * The engine has no background processes, so three duties are ours, done between transactions: checkpoints (else the log
 * grows for ever), vacuum with statistics, and snapshots. A snapshot copies the files while nothing can write them; hashing
 * and syncing the copy goes on beside new queries.
 */

const UPKEEP_INTERVAL_MS = 5_000
const VACUUM_INTERVAL_MS = 600_000
const CHECKPOINT_AFTER_LOG_BYTES = 32 * 1024 * 1024
const COMMAND_BYTES = { query: 0x51, terminate: 0x58 }
const LOG_SEGMENT = /^pg_wal\/[0-9A-F]{24}$/

const VACUUM_CANDIDATE = `SELECT quote_ident(schemaname) || '.' || quote_ident(relname) AS name FROM pg_stat_user_tables
  WHERE n_dead_tup > 1000 + n_live_tup / 5 OR n_mod_since_analyze > 1000 + n_live_tup / 10
  ORDER BY n_dead_tup DESC, n_mod_since_analyze DESC LIMIT 1`

const { directory } = workerData as WorkerData
const engine = await PGlite.create(engineOptions(directory, panic))
let lastSnapshotLsn: string | undefined
const waitingForIdle: (() => Promise<void>)[] = []
let isIdleTaskRunning = false
let nextVacuumAt = performance.now() + VACUUM_INTERVAL_MS

parentPort?.on('message', (message: ToWorker) => {
  if (message.type === 'wire') answer(message.session, message.bytes)
  else if (message.type === 'snapshot') whenIdle(() => report(message.request, () => takeSnapshot(message.snapshot)))
  else void report(message.request, close)
})
setInterval(() => whenIdle(upkeep), UPKEEP_INTERVAL_MS).unref()
post({ type: 'ready' })

function post(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer)
}

/** Never returns: whatever the engine answers from now on is wrong. */
function panic(message: string): never {
  post({ type: 'panic', message })
  process.exit(1)
}

function answer(session: number, message: Uint8Array): void {
  const isEnd = message[0] === COMMAND_BYTES.terminate
  const bytes = isEnd ? new Uint8Array(0) : execute(message)
  // The beginning of a session, or the end of one: nothing of the last one may leak into the next.
  if (isEnd || message[0] === 0) resetSession()
  post({ type: 'wire', session, bytes }, [bytes.buffer])
  runIdleTasks()
}

function resetSession(): void {
  if (engine.isInTransaction()) execute(simpleQuery('ROLLBACK'))
  execute(simpleQuery('RESET ALL'))
}

/** Synchronous: nothing else touches the engine meanwhile. */
function execute(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const pieces: Uint8Array[] = []
  // The pieces are views of the engine's memory, overwritten by what comes next. The streaming call is the one that doesn't
  // keep every message it ever parsed; with `syncToFs: false` all its work is done when it returns.
  const finished = engine.execProtocolRawStream(message, {
    syncToFs: false,
    onRawData: (bytes) => void pieces.push(bytes.slice()),
  })
  finished.catch((error: unknown) => panic(String(error)))
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let offset = 0
  for (const piece of pieces) {
    whole.set(piece, offset)
    offset += piece.length
  }
  return whole
}

function simpleQuery(sql: string): Uint8Array {
  const text = Buffer.from(`${sql}\0`)
  const message = Buffer.alloc(5 + text.length)
  message[0] = COMMAND_BYTES.query
  message.writeUInt32BE(4 + text.length, 1)
  text.copy(message, 5)
  return message
}

function whenIdle(task: () => Promise<void>): void {
  waitingForIdle.push(task)
  runIdleTasks()
}

function runIdleTasks(): void {
  if (isIdleTaskRunning || engine.isInTransaction()) return
  const task = waitingForIdle.shift()
  if (!task) return
  isIdleTaskRunning = true
  void task().finally(() => {
    isIdleTaskRunning = false
    runIdleTasks()
  })
}

async function report(request: number, work: () => Promise<SnapshotOutcome | undefined>): Promise<void> {
  try {
    post({ type: 'done', request, outcome: await work() })
  } catch (error) {
    post({ type: 'failed', request, message: error instanceof Error ? error.message : String(error) })
  }
}

/** First row of the last statement. `exec` is one round trip, so nothing can come between its statements. */
async function firstRow<Row>(sql: string): Promise<Row | undefined> {
  const results = await engine.exec(sql)
  return results.at(-1)?.rows[0] as Row | undefined
}

async function takeSnapshot(request: SnapshotRequest): Promise<SnapshotOutcome> {
  const before = await firstRow<{ lsn: string }>('SELECT pg_current_wal_insert_lsn()::text AS lsn')
  if (before !== undefined && before.lsn === lastSnapshotLsn) return { isTaken: false }
  const at = await firstRow<{ lsn: string; segment: string }>(
    'CHECKPOINT; SELECT lsn::text AS lsn, pg_walfile_name(lsn) AS segment FROM pg_current_wal_insert_lsn() AS lsn',
  )
  if (!at) throw new Error('the log position is unknown')
  const partial = `${request.archive}.tmp`
  try {
    const bytes = writeArchive(directory, partial, (path) => isPartOfSnapshot(path, at.segment))
    const sha256 = await syncAndHash(partial)
    await rename(partial, request.archive)
    const { seq, bootId, createdAt, mark } = request
    const record: SnapshotRecord = { seq, sha256, bytes, bootId, createdAt, mark, lsn: at.lsn }
    await writeDurably(request.sidecar, `${JSON.stringify(record)}\n`)
    lastSnapshotLsn = at.lsn
    return { isTaken: true, bytes }
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

/** Segments after the current one are empty ones kept for reuse. */
function isPartOfSnapshot(path: string, segment: string): boolean {
  if (LOG_SEGMENT.test(path)) return path.slice('pg_wal/'.length) <= segment
  return path !== 'postmaster.pid'
}

async function syncAndHash(path: string): Promise<string> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

async function upkeep(): Promise<void> {
  try {
    const log = await firstRow<{ bytes: string }>(
      'SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::text AS bytes FROM pg_control_checkpoint()',
    )
    if (Number(log?.bytes) > CHECKPOINT_AFTER_LOG_BYTES) await engine.exec('CHECKPOINT')
    if (performance.now() < nextVacuumAt) return
    nextVacuumAt = performance.now() + VACUUM_INTERVAL_MS
    const table = await firstRow<{ name: string }>(VACUUM_CANDIDATE)
    if (table) await engine.exec(`VACUUM (ANALYZE) ${table.name}`)
  } catch {
    // A full disk, most likely: the queries that matter report it, and the next round tries again.
  }
}

async function close(): Promise<undefined> {
  await engine.close()
}
