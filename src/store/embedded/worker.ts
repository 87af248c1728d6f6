import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { DurablePoints } from './durable-points.ts'
import { engineOptions } from './engine-settings.ts'
import { EngineTurns } from './engine-turns.ts'
import { SnapshotStore } from './snapshot-store.ts'
import type { FromWorker, SnapshotOutcome, ToWorker, WorkerData } from './worker-messages.ts'

/*
 * The thread of the embedded database. It answers wire messages in the order they come, each in one uninterrupted piece.
 *
 * The engine has no background processes, so three duties are ours: checkpoints (else the log grows for ever) and vacuum with
 * statistics, between transactions, and durable points, beside new queries.
 */

type WireMessage = Extract<ToWorker, { type: 'wire' }>

const UPKEEP_INTERVAL_MS = 5_000
const VACUUM_INTERVAL_MS = 600_000
const CHECKPOINT_AFTER_LOG_BYTES = 32 * 1024 * 1024
const COMMAND_BYTES = { query: 0x51, terminate: 0x58 }
/** A log that can't be copied first, on a full disk most likely, may grow this long. */
const CHECKPOINT_ANYWAY_BYTES = 4 * CHECKPOINT_AFTER_LOG_BYTES

const VACUUM_CANDIDATE = `SELECT quote_ident(schemaname) || '.' || quote_ident(relname) AS name FROM pg_stat_user_tables
  WHERE n_dead_tup > 1000 + n_live_tup / 5 OR n_mod_since_analyze > 1000 + n_live_tup / 10
  ORDER BY n_dead_tup DESC, n_mod_since_analyze DESC LIMIT 1`

const { dataDirectory, directory } = workerData as WorkerData
const engine = await PGlite.create(engineOptions(directory, panic))
const points = new DurablePoints({ directory, firstRow, inTurn }, new SnapshotStore(dataDirectory))
const turns = new EngineTurns<WireMessage>({ isInTransaction: () => engine.isInTransaction(), answer })
let lastTask: Promise<unknown> = Promise.resolve()
let nextVacuumAt = performance.now() + VACUUM_INTERVAL_MS

parentPort?.on('message', (message: ToWorker) => {
  if (message.type === 'wire') turns.message(message)
  else if (message.type === 'snapshot') void report(message.request, () => points.take(message.snapshot))
  else void report(message.request, close)
})
setInterval(() => void inTurn(upkeep), UPKEEP_INTERVAL_MS).unref()
post({ type: 'ready' })

function post(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer)
}

/** Never returns: whatever the engine answers from now on is wrong. */
function panic(message: string): never {
  post({ type: 'panic', message })
  process.exit(1)
}

function answer({ session, bytes: message }: WireMessage): void {
  const isEnd = message[0] === COMMAND_BYTES.terminate
  const bytes = isEnd ? new Uint8Array(0) : execute(message)
  // The beginning of a session, or the end of one: nothing of the last one may leak into the next.
  if (isEnd || message[0] === 0) resetSession()
  post({ type: 'wire', session, bytes }, [bytes.buffer])
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

/** One task of ours after the other, whether those before it failed or not. */
function inTurn<T>(task: () => Promise<T>): Promise<T> {
  const result = lastTask.then(task)
  lastTask = result.catch(() => {})
  return result
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
  const results = await turns.statement(() => engine.exec(sql))
  return results.at(-1)?.rows[0] as Row | undefined
}

async function upkeep(): Promise<void> {
  try {
    const log = await firstRow<{ bytes: string }>(
      'SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::text AS bytes FROM pg_control_checkpoint()',
    )
    if (Number(log?.bytes) > CHECKPOINT_AFTER_LOG_BYTES) await makeCheckpoint(Number(log?.bytes))
    if (performance.now() < nextVacuumAt) return
    nextVacuumAt = performance.now() + VACUUM_INTERVAL_MS
    const table = await firstRow<{ name: string }>(VACUUM_CANDIDATE)
    if (table) await turns.statement(() => engine.exec(`VACUUM (ANALYZE) ${table.name}`))
  } catch {
    // A full disk, most likely: the queries that matter report it, and the next round tries again.
  }
}

async function makeCheckpoint(logBytes: number): Promise<void> {
  if (points.isCopying) return
  try {
    await points.keepUp()
  } catch (error) {
    if (logBytes < CHECKPOINT_ANYWAY_BYTES) throw error
  }
  await turns.statement(() => engine.exec('CHECKPOINT'))
}

async function close(): Promise<undefined> {
  await points.stop()
  await engine.close()
}
