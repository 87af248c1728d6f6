import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { watchCounter } from '../harness/counter-watch.ts'
import { type GatewayCluster, startCluster } from '../harness/gateway-cluster.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat, nano } from './chat-client.ts'
import { FLAT_PRICE_USD, oneProvider } from './provider-config.ts'
import { expectChargedOnce, type FlatKey, lifetimeOf, newFlatKey, type Shot, shoot } from './replica-load.ts'

/*
 * F15 under traffic: the next version, which is this one with a migration more, starts beside replicas of this one, which serve
 * on, and takes over from them one by one.
 */

const ROOT = join(import.meta.dirname, '../..')
const SECRET = 'of replicas that are upgraded one after the other'
const CALLERS = process.env['SWITCHYARD_TEST_SIZE'] === 'full' ? 50 : 8
const LIMIT_REQUESTS = 100_000
const PHASE_MS = 1_500
/** What a version may do to a schema that the one before it still works on: add. */
const ADDITIONS = `
  CREATE TABLE next_version_thing (id uuid PRIMARY KEY, organization_id text NOT NULL REFERENCES organization (id));
  ALTER TABLE api_key ADD COLUMN next_version_note text NOT NULL DEFAULT '';
  ALTER TABLE generation ADD COLUMN next_version_mark boolean NOT NULL DEFAULT false;
  ALTER TABLE counter ADD COLUMN next_version_count bigint NOT NULL DEFAULT 0;
  ALTER TABLE ledger_entry ADD COLUMN next_version_note text;
  ALTER TABLE lease ADD COLUMN next_version_note text;
  ALTER TABLE workspace ADD COLUMN next_version_note text, ADD CHECK (next_version_note <> 'no');
  CREATE INDEX next_version_refused ON refused_request (created_at, organization_id);`

describe.skipIf(process.env['SWITCHYARD_TEST_STORE'] !== 'postgres')('replicas on one PostgreSQL', () => {
  let upstream: ScriptedUpstream
  let cluster: GatewayCluster
  let nextVersion: string
  const newer: Gateway[] = []
  const env = { LOG_LEVEL: 'warn', SWITCHYARD_SECRET: SECRET }

  beforeAll(async () => {
    nextVersion = makeNextVersion()
    upstream = await startScriptedUpstream({ chunks: 20, chunkDelayMs: 50 })
    cluster = await startCluster(2, { config: oneProvider(upstream.baseUrl), env, envOf: () => env, isDirect: true })
  })
  afterAll(async () => {
    for (const gateway of newer) await gateway.stop()
    await cluster?.stop()
    await upstream?.close()
    rmSync(nextVersion, { recursive: true, force: true })
  })

  /** Starts the next version; with the data directory of a replica that has ended, in its place. */
  async function startNewer(inPlaceOf?: Gateway): Promise<Gateway> {
    const [{ databaseUrl, managementKey } = expect.fail()] = cluster.gateways
    const gateway = await startGateway({
      ...{
        config: oneProvider(upstream.baseUrl),
        managementKey,
        databaseUrl: databaseUrl ?? '',
        env,
        isAsShipped: true,
      },
      commandPrefix: ['env', '-C', nextVersion],
      ...(inPlaceOf && { dataDir: inPlaceOf.dataDir }),
    })
    newer.push(gateway)
    return gateway
  }

  /** Callers who ask one after the other, each whatever serves at the time. */
  function startCallers(serving: () => readonly Gateway[], key: FlatKey) {
    const shots: Shot[] = []
    let isOver = false
    const callers = Array.from({ length: CALLERS }, async (_, at) => {
      for (let turn = at; !isOver; turn += 1) {
        const gateways = serving()
        shots.push(await shoot(gateways, turn % gateways.length, key, { stream: turn % 2 === 0 }))
      }
    })
    return {
      stop: async () => {
        isOver = true
        await Promise.all(callers)
        return shots
      },
    }
  }

  /** Changes of every kind of the management API, until they are stopped. Returns those that didn't come through. */
  function startManaging(serving: () => readonly Gateway[]) {
    const failed: unknown[] = []
    let [isOver, count] = [false, 0]
    const ask = async (method: string, path: string, body?: object) => {
      const gateways = serving()
      count += 1
      const gateway = gateways[count % gateways.length] ?? expect.fail()
      const answer = await gateway.call(method, `/api/v1${path}`, body === undefined ? {} : { body })
      if (answer.status >= 300) failed.push({ method, path, answer: answer.body })
      return answer.body as { data?: { hash?: string } }
    }
    const manager = (async () => {
      while (!isOver) {
        const { data } = await ask('POST', '/keys', { name: 'made while it was upgraded', limit: 1 })
        await ask('PATCH', `/keys/${data?.hash}`, { limit: 2 })
        await ask('GET', '/keys')
        await ask('GET', '/credits')
        await ask('DELETE', `/keys/${data?.hash}`)
      }
    })()
    return {
      stop: async () => {
        isOver = true
        await manager
        return { failed, count }
      },
    }
  }

  test('a call that ends in a deadlock with a migration is done again, and its caller notices nothing', async () => {
    const [gateway = expect.fail()] = cluster.gateways
    const migration = new pg.Client({ connectionString: gateway.databaseUrl })
    await migration.connect()
    try {
      await migration.query('BEGIN')
      await migration.query('LOCK TABLE counter')
      const calling = gateway.call('GET', '/api/v1/credits')
      const holds = `SELECT held.relation::regclass::text AS name FROM pg_locks AS waiting JOIN pg_locks AS held USING (pid)
        JOIN pg_class ON pg_class.oid = held.relation AND relkind = 'r' AND relnamespace = 'public'::regnamespace
        WHERE NOT waiting.granted AND waiting.relation = 'counter'::regclass AND held.granted LIMIT 1`
      let name = ''
      const look = async () => {
        name = await nameIn(migration, holds)
        return name
      }
      await expect.poll(look, { interval: 10 }).not.toBe('')
      // Who has waited longer, which is the call, is first to find out that there is no end to it.
      await migration.query(`LOCK TABLE ${name}`)
      await migration.query('COMMIT')
      expect(await calling).toMatchObject({ status: 200 })
    } finally {
      await migration.end()
    }
  })

  test('F15 under traffic: the older replicas serve on while the schema is changed under them, newer ones take over, nothing is lost or charged twice', async () => {
    const [first = expect.fail(), second = expect.fail()] = cluster.gateways
    const key = await newFlatKey(first, LIMIT_REQUESTS)
    const watch = await watchCounter(cluster, lifetimeOf(key))
    let serving: readonly Gateway[] = [first, second]
    const callers = startCallers(() => serving, key)
    const manager = startManaging(() => serving)
    await sleep(PHASE_MS)

    const third = await startNewer()
    const names = await cluster.query<{ name: string }>(
      'SELECT name FROM schema_migration ORDER BY number DESC LIMIT 1',
    )
    expect(names).toEqual([{ name: 'next_version' }])
    // Older and newer ones side by side.
    serving = [first, second, third]
    await sleep(PHASE_MS)

    // One goes as it should, with a stream in it. The balancer has turned away from it before.
    upstream.forModel('small', { chunks: 40, chunkDelayMs: 50 })
    const streaming = chat(second, key.secret, { model: 'alpha/flat', stream: true })
    serving = [first, third]
    await sleep(PHASE_MS)
    expect(await second.stop({ keepData: true })).toBe(0)
    expect(await streaming).toMatchObject({ status: 200, isDone: true })
    await expect(second.restart()).rejects.toThrow(/_next_version, which this version does not know/)

    // The other one is killed when all that its callers were told is in its journal, and the newer version takes its place.
    serving = [third]
    await sleep(PHASE_MS)
    await first.kill9()
    serving = [third, await startNewer(first)]
    await sleep(PHASE_MS)

    const { failed, count } = await manager.stop()
    const shots = await callers.stop()
    expect(failed).toEqual([])
    expect(count).toBeGreaterThan(20)
    expect(shots.filter(({ status }) => status !== 200)).toEqual([])
    const { headers } = await streaming
    const whole = { ...(shots[0] ?? expect.fail()), generationId: headers.get('x-generation-id') ?? '' }
    await expectChargedOnce(cluster, key, [...shots, whole])
    expect(await watch.mostTaken()).toBeLessThanOrEqual(nano(LIMIT_REQUESTS * FLAT_PRICE_USD))
    const verified = await third.call('POST', '/api/v1/audit-logs/verify', { body: {} })
    expect(verified.body).toMatchObject({ data: { is_intact: true } })
  })
})

async function nameIn(client: pg.Client, text: string): Promise<string> {
  const { rows } = await client.query<{ name: string }>(text)
  return rows[0]?.name ?? ''
}

/** This version with one migration more, beside what both need. */
function makeNextVersion(): string {
  const directory = mkdtempSync(join(tmpdir(), 'next-version-'))
  for (const name of ['bin', 'src', 'package.json'])
    cpSync(join(ROOT, name), join(directory, name), { recursive: true })
  for (const name of ['node_modules', 'dist']) symlinkSync(join(ROOT, name), join(directory, name))
  const migrations = join(directory, 'src/store/migrations')
  const count = readdirSync(migrations).filter((name) => name.endsWith('.sql')).length
  writeFileSync(join(migrations, `${String(count + 1).padStart(4, '0')}_next_version.sql`), ADDITIONS)
  return directory
}
