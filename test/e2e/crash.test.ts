import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { countCharged, findMissing, startLoad, type Tally } from './charge-load.ts'
import { oneProvider } from './provider-config.ts'

const KILLS = process.env['SWITCHYARD_TEST_SIZE'] === 'full' ? 200 : 20
const KILLS_WHILE_STARTING = KILLS / 10
const CALLERS = { count: 16, pauseMs: 0 }

let upstream: ScriptedUpstream
let gateway: Gateway

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  gateway = await startGateway({ config: oneProvider(upstream.baseUrl), env: { SWITCHYARD_SNAPSHOT_SECONDS: '5' } })
})
afterAll(async () => {
  expect(await gateway?.stop()).toBe(0)
  await upstream?.close()
})

/** Kills the process while it starts, that is while it replays what the last one left. */
async function killWhileStarting(): Promise<void> {
  const starting = gateway.restart().catch(() => {})
  await sleep(100 + Math.random() * 1_500)
  await gateway.kill9()
  await starting
}

test(`M5 over ${KILLS} kill -9 under load no acknowledged charge is lost, none is charged twice, and nothing a provider billed is free`, async () => {
  const startedAtMs = Date.now()
  const key = await gateway.createKey({ rate_limit_rpm: 0 })
  const tally: Tally = { sent: 0, acknowledged: new Set() }
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const stopLoad = startLoad(gateway, key, CALLERS, tally)
    await sleep(20 + Math.random() * 400)
    await gateway.kill9()
    await stopLoad()
    if (kill % (KILLS / KILLS_WHILE_STARTING) === 0) await killWhileStarting()
    await gateway.restart()
  }
  const charged = await countCharged(gateway, key, startedAtMs)
  const billed = upstream.requests.length
  process.stdout.write(
    `M5: ${KILLS} kills (${KILLS_WHILE_STARTING} more while starting), ${tally.sent} sent, ${billed} billed by the provider, ` +
      `${tally.acknowledged.size} acknowledged, ${charged} charged\n`,
  )
  expect(tally.acknowledged.size).toBeGreaterThan(KILLS)
  expect(await findMissing(gateway, key, [...tally.acknowledged])).toEqual([])
  // One charge each at the most, at least one for each that reached the provider; beyond that only what was held at a kill.
  expect(charged).toBeGreaterThanOrEqual(billed)
  expect(charged - billed).toBeLessThanOrEqual(KILLS * CALLERS.count)
  expect(charged).toBeLessThanOrEqual(tally.sent)
  expect(charged - tally.acknowledged.size).toBeLessThanOrEqual(KILLS * CALLERS.count)
})
