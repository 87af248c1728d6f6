/**
 * `npm run bench:scale`: the built product on a PostgreSQL with many generations, in the database of DATABASE_URL's server that it
 * makes and drops. Prints p50 and p95 of what the dashboard's pages ask, how long retention takes over the oldest month and who waited
 * for it, and how the flush keeps up. Exits 1 where one is beyond its bound.
 * Options: --rows N (1,000,000), --rounds N (20), --rate N (2,000), --seconds N (30), --only TEXT (questions whose name has it),
 * --keep (the database stays, for --database), --database URL (one that was kept: nothing is filled).
 */
import { parseArgs } from 'node:util'
import { sql } from 'kysely'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { beginOfGenerations, dropGenerationPartitions } from '../../src/store/partitions.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { createTestDatabase } from '../harness/test-database.ts'
import { fillOrganization } from './scale/fill.ts'
import { measureFlush } from './scale/flush.ts'
import { QUESTIONS, type Question, type Subjects } from './scale/questions.ts'

const QUESTION_MS_MAX = 300
const DROP_MS_MAX = 5_000
/** Of the 13 that are filled, so that the oldest is beyond them. */
const MONTHS_KEPT = 11

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '20' },
    rate: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '30' },
    only: { type: 'string', default: '' },
    keep: { type: 'boolean', default: false },
    database: { type: 'string' },
  },
})

const adminUrl = process.env['DATABASE_URL']
if (!adminUrl) throw new Error('DATABASE_URL is missing: a PostgreSQL with a role that may create databases')
const made = values.database === undefined ? await createTestDatabase(adminUrl) : undefined
const databaseUrl = values.database ?? made?.url ?? ''
const begun = performance.now()
const gateway = await startGateway({
  databaseUrl,
  firstStart: true,
  startTimeoutMs: 600_000,
  env: { SWITCHYARD_GENERATION_MONTHS: '24', SWITCHYARD_SECRET: 'of every database that is filled' },
})
try {
  await gateway.stop({ keepData: true })
  const database = await openDatabase({ databaseUrl, dataDir: gateway.dataDir, onWarning: tell, onLockLost: () => {} })
  try {
    if (made !== undefined) await fillOrganization(database.kysely, Number(values.rows), tell)
    await tellSize(database)
    await gateway.restart()
    const isWithin = [
      await measureQuestions(database),
      await measureRetention(database),
      await measureFlushing(database),
    ]
    if (isWithin.includes(false)) process.exitCode = 1
  } finally {
    await database.close()
  }
} finally {
  await gateway.stop()
  if (values.keep) console.log(`kept: --database ${databaseUrl}`)
  else await made?.drop()
}

function tell(what: string): void {
  console.log(`${((performance.now() - begun) / 1_000).toFixed(0)} s: ${what}`)
}

async function tellSize({ kysely }: Database): Promise<void> {
  const { rows } = await sql<{ name: string; rows: number; mb: number }>`
    SELECT regexp_replace(relname, '^generation_[0-9_]+$', 'generation') AS name, sum(greatest(reltuples, 0))::float8 AS rows,
      round(sum(pg_total_relation_size(oid)) / 1048576.0)::float8 AS mb
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    GROUP BY 1 HAVING sum(pg_total_relation_size(oid)) > 1048576 ORDER BY 3 DESC`.execute(kysely)
  console.table(rows)
}

async function readSubjects({ kysely }: Database): Promise<Subjects> {
  const column = async (statement: ReturnType<typeof sql<{ name: string }>>) =>
    (await statement.execute(kysely)).rows.map(({ name }) => name)
  return {
    workspaces: await column(
      sql`SELECT id AS name FROM workspace WHERE slug LIKE 'bench-%' ORDER BY length(slug), slug LIMIT 40`,
    ),
    keys: await column(sql`SELECT hash AS name FROM api_key WHERE name LIKE 'Key %' ORDER BY id LIMIT 40`),
    users: await column(sql`SELECT user_id AS name FROM workspace_member ORDER BY id LIMIT 40`),
    generations:
      await column(sql`SELECT min(id) AS name FROM generation WHERE created_at > now() - interval '200 days' AND session_id LIKE '%00'
      GROUP BY session_id LIMIT 100`),
    sessions: await column(
      sql`SELECT DISTINCT session_id AS name FROM generation WHERE session_id LIKE '%00' LIMIT 100`,
    ),
  }
}

async function measureQuestions(database: Database): Promise<boolean> {
  const subjects = await readSubjects(database)
  const asked = QUESTIONS.filter(({ name }) => name.includes(values.only))
  const rows = []
  for (const question of asked) {
    const row = { question: question.name, ...(await measure(question, subjects)) }
    rows.push(row)
    console.log(`${String(row['p50 ms']).padStart(7)} ${String(row['p95 ms']).padStart(7)}  ${row.question}`)
  }
  const slow = rows.filter((row) => row['p95 ms'] >= QUESTION_MS_MAX)
  console.log(`p50 and p95 in ms of ${rows.length} questions; ${slow.length} are not under ${QUESTION_MS_MAX} ms:`)
  console.table(slow)
  return slow.length === 0
}

/** The first is not counted: what was read from disk once is in memory then, as in an installation that is used. */
async function measure(question: Question, subjects: Subjects): Promise<{ 'p50 ms': number; 'p95 ms': number }> {
  const times: number[] = []
  for (let turn = -1; times.length < Number(values.rounds); turn += 1) {
    const { body, method, path } = question.ask(Math.max(turn, 0), subjects)
    let at = path
    for (let page = 0; page < (question.hasPages ? 3 : 1); page += 1) {
      const { answer, ms } = await ask(gateway, { method, path: at, body })
      if (turn >= 0) times.push(ms)
      const { next_cursor: cursor } = answer as { next_cursor?: string | null }
      if (!cursor) break
      at = `${path}&cursor=${cursor}`
    }
  }
  times.sort((a, b) => a - b)
  const percentile = (share: number) => Math.round(times[Math.ceil(times.length * share) - 1] ?? Number.NaN)
  return { 'p50 ms': percentile(0.5), 'p95 ms': percentile(0.95) }
}

async function ask(at: Gateway, { method, path, body }: { method: string; path: string; body: unknown }) {
  const begin = performance.now()
  const answer = await at.call(method, path, { body })
  // 408: the database's bound was reached, which counts with the time that it took.
  if (answer.status !== 200 && answer.status !== 408)
    throw new Error(
      `${method} ${path} ${JSON.stringify(body)} answered ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`,
    )
  return { answer: answer.body, ms: performance.now() - begin }
}

/** While the log is asked for again and again. */
async function measureRetention({ kysely }: Database): Promise<boolean> {
  let isOver = false
  const waits: number[] = []
  const asking = (async () => {
    while (!isOver)
      waits.push((await ask(gateway, { method: 'GET', path: '/api/v1/logs?limit=50', body: undefined })).ms)
  })()
  const begin = performance.now()
  const dropped = await dropGenerationPartitions(kysely, beginOfGenerations(Date.now(), MONTHS_KEPT))
  const ms = performance.now() - begin
  isOver = true
  await asking
  console.log(
    `retention: ${dropped} month in ${Math.round(ms)} ms (bound ${DROP_MS_MAX}); the log, asked ${waits.length} times meanwhile, took at most ${Math.round(Math.max(...waits))} ms`,
  )
  return ms < DROP_MS_MAX
}

async function measureFlushing(database: Database): Promise<boolean> {
  const [perSecond, seconds] = [Number(values.rate), Number(values.seconds)]
  const { backlog, ...result } = await measureFlush(database, { perSecond, seconds })
  console.log('flush:', result, 'backlog after each second:', backlog.join(' '))
  // At most what comes within a second is under way, and it doesn't grow.
  return Math.max(...backlog.slice(-Math.ceil(seconds / 3))) <= perSecond
}
