import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { createMigratedDatabase, type TestDatabase } from '../harness/test-database.ts'
import { oneProvider } from './provider-config.ts'
import { type Sent, sendIdempotent } from './send-idempotent.ts'

const isPostgres = process.env['SWITCHYARD_TEST_STORE'] === 'postgres'
/** What any process may answer, also one that doesn't charge. */
const FREE = { id: 'alpha/free', upstream_id: 'free', pricing: { prompt: '0', completion: '0' }, context_length: 8_000 }

describe.skipIf(!isPostgres)('M8 on three processes', () => {
  let upstream: ScriptedUpstream
  let database: TestDatabase
  let first: Gateway
  let others: Gateway[]
  let key: string

  beforeAll(async () => {
    upstream = await startScriptedUpstream()
    database = await createMigratedDatabase(String(process.env['DATABASE_URL']))
    const common = {
      config: oneProvider(upstream.baseUrl, [FREE]),
      databaseUrl: database.url,
      env: { SWITCHYARD_SECRET: randomBytes(32).toString('hex') },
    }
    first = await startGateway(common)
    others = []
    for (let index = 0; index < 2; index += 1) {
      others.push(await startGateway({ ...common, managementKey: first.managementKey }))
    }
    key = await first.createKey({ rate_limit_rpm: 0 })
  })
  afterAll(async () => {
    for (const gateway of [first, ...(others ?? [])]) await gateway?.stop()
    await database?.drop()
    await upstream?.close()
  })

  test('one key and body 51 times at once over all of them: one upstream call, the same bytes for all', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    upstream.forModel('free', { gate })
    const before = upstream.requests.length
    const sent = Array.from({ length: 17 }, () => [first, ...others])
      .flat()
      .map((gateway) => sendIdempotent(gateway, key, 'everywhere', { model: 'alpha/free' }))
    await sleep(1_000)
    open()
    const answers: Sent[] = await Promise.all(sent)
    expect(upstream.requests.length - before).toBe(1)
    expect(new Set(answers.map(({ status, text, generationId }) => [status, text, generationId].join())).size).toBe(1)
    expect(answers[0]?.status).toBe(200)
    expect(answers.filter(({ isReplayed }) => !isReplayed)).toHaveLength(1)
  })

  test('another body is refused with 409 at every process', async () => {
    const fields = { model: 'alpha/free', max_tokens: 7 }
    for (const gateway of [first, ...others]) {
      expect((await sendIdempotent(gateway, key, 'everywhere', fields)).status).toBe(409)
    }
  })

  test('after kill -9 of the process that ran it, the others answer 409 with its generation id and call nobody', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    upstream.forModel('small', { gate })
    const before = upstream.requests.length
    const running = sendIdempotent(first, key, 'killed').catch(() => 'cut off')
    await sleep(1_000)
    await first.kill9()
    expect(await running).toBe('cut off')
    const answers = await Promise.all(others.map((gateway) => sendIdempotent(gateway, key, 'killed')))
    open()
    expect(answers.map(({ status }) => status)).toEqual([409, 409])
    expect(answers[0]?.generationId).toMatch(/^gen-/)
    expect(answers[1]?.generationId).toBe(answers[0]?.generationId)
    expect(upstream.requests.length - before).toBe(1)
  })
})
