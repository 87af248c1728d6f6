import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hasValidChecksum, maskSecretKey, newSecretKey, SECRET_KEY_PATTERN } from '../../src/platform/secret-key.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat } from './chat-client.ts'
import { oneProvider } from './provider-config.ts'
import { filesUnder, rowTexts, withDatabase } from './stored-data.ts'

const KEYS = process.env['SWITCHYARD_TEST_SIZE'] === 'full' ? 1_000_000 : 100_000
const EDITED_KEYS = KEYS / 1_000
const HEX = '0123456789abcdef'
const PREFIX_LENGTH = 'sk-or-v1-'.length

let upstream: ScriptedUpstream
let gateway: Gateway

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  gateway = await startGateway({
    config: oneProvider(upstream.baseUrl),
    env: { LOG_LEVEL: 'trace', SWITCHYARD_SNAPSHOT_SECONDS: '5' },
  })
})
afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

test(`S4 of ${KEYS} new keys all differ, all match the published pattern and carry a right checksum`, () => {
  const keys = new Set<string>()
  let wrong = 0
  for (let count = 0; count < KEYS; count += 1) {
    const key = newSecretKey()
    keys.add(key)
    if (!SECRET_KEY_PATTERN.test(key) || !hasValidChecksum(key)) wrong += 1
  }
  expect([keys.size, wrong]).toEqual([KEYS, 0])
})

test('S4 the random part has at least 160 bits: each of its 56 digits takes all 16 values about equally often', () => {
  const counts = Array.from({ length: 56 }, () => new Map<string, number>())
  const samples = 16_000
  for (let count = 0; count < samples; count += 1) {
    const random = newSecretKey().slice(PREFIX_LENGTH, -8)
    for (const [place, digit] of [...random].entries()) {
      counts[place]?.set(digit, (counts[place]?.get(digit) ?? 0) + 1)
    }
  }
  // 1,000 expected each, standard deviation 31: seven of them away means a bias, not bad luck.
  for (const count of counts.flatMap((digits) => [...HEX].map((digit) => digits.get(digit) ?? 0))) {
    expect(Math.abs(count - samples / 16)).toBeLessThan(220)
  }
})

test(`S4 the checksum refuses every edit of one character, over all edits of ${EDITED_KEYS} keys`, () => {
  let edits = 0
  let accepted = 0
  for (let count = 0; count < EDITED_KEYS; count += 1) {
    const key = newSecretKey()
    for (let place = PREFIX_LENGTH; place < key.length; place += 1) {
      for (const digit of HEX) {
        if (digit === key[place]) continue
        edits += 1
        if (hasValidChecksum(key.slice(0, place) + digit + key.slice(place + 1))) accepted += 1
      }
    }
  }
  expect(edits).toBe(EDITED_KEYS * 64 * 15)
  expect(accepted).toBe(0)
})

test('S4 a key stands nowhere: not in the database, the journal, the snapshots, the logs or a second answer', async () => {
  const key = await gateway.createKey({ name: 'nowhere' })
  const partner = `partner-${newSecretKey()}`
  await gateway.createKey({ name: 'partner', external: { user: 'p', api_key: partner } })
  const secrets = [key, partner, gateway.managementKey].map((secret) => secret.slice(-64))
  await useInManyWays(key)
  const answers = await Promise.all(
    ['/api/v1/keys', '/api/v1/key', '/api/v1/activity', '/api/v1/workspaces'].map((path) => gateway.call('GET', path)),
  )
  expect(secrets.filter((secret) => JSON.stringify(answers).includes(secret))).toEqual([])
  await expect.poll(() => gateway.stdout.some((line) => line.includes('inference_finished'))).toBe(true)
  const rows = await withDatabase(gateway, rowTexts)
  expect(rows.join('\n')).toContain(maskSecretKey(key))
  expect(rows.join('\n')).toContain('nowhere')
  const places = {
    database: rows.join('\n'),
    logs: [...gateway.stdout, ...gateway.stderr].join('\n'),
    ...Object.fromEntries(filesUnder(gateway.dataDir).map((path) => [path, readFileSync(path, 'latin1')])),
  }
  expect(Object.keys(places).length).toBeGreaterThan(2)
  const found = Object.entries(places).filter(([, text]) => secrets.some((secret) => text.includes(secret)))
  expect(found.map(([place]) => place)).toEqual([])
})

/** Rightly, and in the ways by which secrets get into logs: refused, misspelt, in a URL, with a failing provider. */
async function useInManyWays(key: string): Promise<void> {
  expect((await chat(gateway, key)).status).toBe(200)
  expect((await chat(gateway, key, { stream: true })).status).toBe(200)
  await chat(gateway, key, { model: 'no/such' })
  await chat(gateway, `${key}0`)
  await chat(gateway, key, { messages: 'wrong' })
  await gateway.call('GET', `/api/v1/keys?offset=0&api_key=${key}`)
  await gateway.call('GET', `/api/v1/keys/${key}`)
  await gateway.call('GET', `/api/v1/no-such-route/${key}`)
  await gateway.call('GET', '/api/v1/key', { key, headers: { cookie: `key=${key}` } })
  upstream.forModel('small', { status: 401, errorBody: { error: { message: `bad key ${key}` } } })
  await chat(gateway, key)
  upstream.forModel('small', { fault: 'reset' })
  await chat(gateway, key)
  upstream.forModel('small', {})
}
