import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { losePower, powerLossEnvironment, seededRandom } from '../harness/power-loss/lose-power.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { countCharged, findMissing, startLoad, type Tally } from './charge-load.ts'
import { chat, idOf } from './chat-client.ts'
import { oneProvider } from './provider-config.ts'

const LOSSES = process.env['SWITCHYARD_TEST_SIZE'] === 'full' ? 20 : 3
const SEED = Number(process.env['SWITCHYARD_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 32))
const FIRST_STARTS = process.env['SWITCHYARD_TEST_SIZE'] === 'full' ? 20 : 2
const CALLERS = { count: 8, pauseMs: process.env['SWITCHYARD_TEST_SIZE'] === 'full' ? 0 : 25 }
/** Longer than between two durable points, so that the load is cut off before, in and after one. */
const LOAD_MS_MAX = 7_000
const SNAPSHOT_SECONDS = '5'

async function waitUntilIn(directory: string, name: string): Promise<void> {
  await expect.poll(() => existsSync(join(directory, name)), { interval: 1, timeout: 60_000 }).toBe(true)
}

/** The embedded database is where the gateway itself answers for what survives; the recorder needs Linux. */
describe.skipIf(process.env['SWITCHYARD_TEST_STORE'] === 'postgres' || process.platform !== 'linux')(
  'embedded database',
  () => {
    let upstream: ScriptedUpstream
    let directory: string
    let root: string
    let logDirectory: string
    let gateway: Gateway | undefined

    beforeAll(async () => {
      upstream = await startScriptedUpstream()
    })
    beforeEach(() => {
      directory = mkdtempSync(join(tmpdir(), 'power-loss-'))
      root = join(directory, 'data')
      logDirectory = join(directory, 'log')
      mkdirSync(root)
    })
    afterEach(async () => {
      await gateway?.stop()
      rmSync(directory, { recursive: true })
    })
    afterAll(() => upstream.close())

    /** A first start, so that what it creates is at stake too. */
    async function start(env: Readonly<Record<string, string>> = {}): Promise<Gateway> {
      gateway = await startGateway({
        config: oneProvider(upstream.baseUrl),
        dataDir: root,
        env: {
          ...powerLossEnvironment(root, logDirectory),
          SWITCHYARD_BOOT_ID: 'boot-0',
          LOG_LEVEL: 'debug',
          SWITCHYARD_SNAPSHOT_SECONDS: SNAPSHOT_SECONDS,
          ...env,
        },
      })
      return gateway
    }

    /** Keys are durable with the next snapshot only. */
    async function createDurableKey(target: Gateway): Promise<string> {
      const key = await target.createKey({ rate_limit_rpm: 0 })
      const before = snapshotCount(target)
      await expect.poll(() => snapshotCount(target), { timeout: 20_000 }).toBeGreaterThan(before)
      return key
    }

    function snapshotCount(target: Gateway): number {
      return target.stdout.filter((line) => /"bytes":[1-9].*snapshot_taken/.test(line)).length
    }

    test(`M6 over ${LOSSES} power losses under load, some after a kill -9, no acknowledged charge is lost or doubled`, async () => {
      process.stdout.write(`power loss: SWITCHYARD_TEST_SEED=${SEED}\n`)
      const random = seededRandom(SEED)
      const startedAtMs = Date.now()
      const target = await start()
      const key = await createDurableKey(target)
      const tally: Tally = { sent: 0, acknowledged: new Set() }
      // Each is looked up after the first two losses it has lived through, and all once more at the end.
      let checked = 0
      let checkedNext = 0
      const loadUntilKilled = async (ms: number) => {
        const stopLoad = startLoad(target, key, CALLERS, tally)
        await sleep(ms)
        await target.kill9()
        await stopLoad()
      }
      for (let loss = 1; loss <= LOSSES; loss += 1) {
        if (random() < 0.5) {
          await loadUntilKilled(random() * LOAD_MS_MAX)
          await target.restart()
        }
        await loadUntilKilled(random() * LOAD_MS_MAX)
        const lost = losePower({ root, logDirectory, random, loses: loss % 2 === 0 ? 'all' : 'some' })
        await target.restart({ SWITCHYARD_BOOT_ID: `boot-${loss}` })
        const missing = await findMissing(target, key, [...tally.acknowledged].slice(checked))
        checked = checkedNext
        checkedNext = tally.acknowledged.size
        const charged = await countCharged(target, key, startedAtMs)
        process.stdout.write(
          `power loss ${loss}: ${JSON.stringify(lost)}, ${tally.sent} sent, ${tally.acknowledged.size} acknowledged, ${charged} charged\n`,
        )
        expect(missing).toEqual([])
        expect(charged).toBeLessThanOrEqual(tally.sent)
      }
      expect(await findMissing(target, key, [...tally.acknowledged])).toEqual([])
      expect(tally.acknowledged.size).toBeGreaterThan(LOSSES)
      expect(target.stderr).toEqual([])
    })

    /** Charges without a key that must be durable, of the built-in provider. */
    async function charge(target: Gateway): Promise<string[]> {
      const key = await target.createKey()
      const answers = await Promise.all(Array.from({ length: 20 }, () => chat(target, key, { model: 'sim/lorem' })))
      expect(answers.filter(({ status }) => status !== 200)).toEqual([])
      return answers.map(idOf)
    }

    async function forgetEverything(target: Gateway): Promise<void> {
      await target.kill9()
      rmSync(root, { recursive: true })
      rmSync(logDirectory, { recursive: true, force: true })
      mkdirSync(root)
    }

    async function expectOwedAfterLoss(target: Gateway, random: () => number, loses: 'all' | 'some'): Promise<void> {
      const acknowledged = await charge(target)
      await target.kill9()
      losePower({ root, logDirectory, random, loses })
      await target.restart({ SWITCHYARD_BOOT_ID: 'boot-1' })
      for (const id of acknowledged) {
        expect((await target.call('GET', `/api/v1/generation?id=${id}`)).status).toBe(200)
      }
    }

    test('M6 a first start that is killed at any moment, used after another start and then cut off by a power loss works and owes what it owes', async () => {
      const random = seededRandom(SEED)
      const target = await start()
      for (let loss = 1; loss <= FIRST_STARTS; loss += 1) {
        await forgetEverything(target)
        const starting = target.restart({ SWITCHYARD_BOOT_ID: 'boot-0' }).catch(() => {})
        await waitUntilIn(root, loss % 2 === 0 ? 'snapshots/1.json' : 'db')
        await sleep(random() * 500)
        await target.kill9()
        await starting
        await target.restart()
        await expectOwedAfterLoss(target, random, random() < 0.5 ? 'all' : 'some')
        await target.createKey()
      }
    })

    test('M6 a snapshot that a killed process had named, and no disk knew of, is known of before anything is owed on it', async () => {
      const target = await start()
      await forgetEverything(target)
      const starting = target.restart({ POWER_LOSS_STALL: `${join(root, 'snapshots')}*.json` }).catch(() => {})
      await waitUntilIn(root, 'snapshots/1.json')
      await target.kill9()
      await starting
      await target.restart({ POWER_LOSS_STALL: '' })
      await expectOwedAfterLoss(target, Math.random, 'all')
    })

    test('M6 with SWITCHYARD_JOURNAL_SYNC=write a power loss takes acknowledged charges: the price of that setting', async () => {
      const target = await start({ SWITCHYARD_JOURNAL_SYNC: 'write', SWITCHYARD_SNAPSHOT_SECONDS: '3600' })
      const key = await createDurableKey(target)
      const tally: Tally = { sent: 0, acknowledged: new Set() }
      const stopLoad = startLoad(target, key, CALLERS, tally)
      await sleep(500)
      await target.kill9()
      await stopLoad()
      losePower({ root, logDirectory, random: Math.random, loses: 'all' })
      await target.restart({ SWITCHYARD_BOOT_ID: 'boot-1' })
      const missing = await findMissing(target, key, [...tally.acknowledged])
      expect(missing).toHaveLength(tally.acknowledged.size)
      expect(missing.length).toBeGreaterThan(0)
    })
  },
)
