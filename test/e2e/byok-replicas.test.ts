import { describe, expect, test } from 'vitest'
import { startCluster } from '../harness/gateway-cluster.ts'
import { startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat } from './chat-client.ts'
import { manageAt } from './manage.ts'
import { FLAT_PRICE_USD, oneProvider } from './provider-config.ts'

const FLAT = { model: 'alpha/flat' }

describe.skipIf(process.env['SWITCHYARD_TEST_STORE'] !== 'postgres')('own credentials on several processes', () => {
  test('each change is felt by every process within a second, and a limit over both kinds is met exactly', async () => {
    await using upstream = await startScriptedUpstream()
    const cluster = await startCluster(2, { config: oneProvider(upstream.baseUrl), isDirect: true })
    try {
      const [first, second] = cluster.gateways
      if (first === undefined || second === undefined) throw new Error('two were started')
      const fields = { limit: 8 * FLAT_PRICE_USD, include_byok_in_limit: true, rate_limit_rpm: 0 }
      const key = await first.createKey(fields)
      const newest = async () => {
        await chat(second, await usable(), FLAT)
        return upstream.requests.at(-1)?.headers.authorization
      }
      const usable = () => first.createKey({ rate_limit_rpm: 0 })
      const { id } = await manageAt(first, 'POST', 'byok', { provider: 'alpha', key: 'own-before' })
      await expect.poll(newest, { timeout: 1_000 }).toBe('Bearer own-before')
      await manageAt(first, 'PATCH', `byok/${id}`, { key: 'own-after' })
      await expect.poll(newest, { timeout: 1_000 }).toBe('Bearer own-after')
      for (let count = 0; count < 10; count += 1) upstream.script(count % 2 === 0 ? { status: 500 } : {})
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, at) => chat(at % 2 === 0 ? first : second, key, FLAT)),
      )
      expect(answers.filter(({ status }) => status === 200).length).toBe(8)
      // Who had failed on the own credential when the last was spent hears of that failure.
      const others = answers.flatMap(({ status }) => (status === 200 ? [] : [status]))
      expect(others.filter((status) => status !== 402 && status !== 502)).toEqual([])
      await manageAt(first, 'DELETE', `byok/${id}`)
      await expect.poll(newest, { timeout: 1_000 }).toBe('Bearer secret-of-alpha')
    } finally {
      await cluster.stop()
    }
  })
})
