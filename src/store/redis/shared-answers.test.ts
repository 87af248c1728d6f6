import { randomBytes } from 'node:crypto'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { CachedAnswer } from '../../gateway/ports.ts'
import { newUuid } from '../../platform/ids.ts'
import { openSharedAnswers, type SharedAnswers } from './shared-answers.ts'

const url = process.env['REDIS_URL']
const ANSWER: CachedAnswer = {
  generationId: 'gen-1-a',
  at: 1_000,
  expiresAt: 61_000,
  created: 1,
  modelId: 'a/b',
  endpointId: 'e',
  finishReason: 'stop',
  nativeFinishReason: 'end_turn',
  said: null,
  text: '{"canary":"of the answer"}',
}

describe.skipIf(url === undefined)('with Redis (REDIS_URL)', () => {
  const prefix = `test:${newUuid()}:`
  const client = createClient({ url: url ?? '' })
  const key = randomBytes(32)
  const opened: SharedAnswers[] = []
  const open = (own: Buffer) => {
    const answers = openSharedAnswers(url ?? '', { prefix, key: own, timeoutMs: 1_000 })
    opened.push(answers)
    return answers
  }

  beforeAll(async () => void (await client.connect()))
  afterAll(async () => {
    for (const answers of opened) answers.close()
    for (const name of await client.keys(`${prefix}*`)) await client.del(name)
    await client.close()
  })

  test('what one replica keeps another finds, sealed, until its time is over', async () => {
    const [here, there, stranger] = [open(key), open(key), open(randomBytes(32))]
    await vi.waitFor(async () => {
      here.keep('a', ANSWER)
      expect(await there.find('a')).toEqual(ANSWER)
    })
    expect(await there.find('b')).toBeUndefined()
    const stored = await client.get(`${prefix}answer:a`)
    expect(stored).not.toContain('canary')
    expect(await client.pTTL(`${prefix}answer:a`)).toBeGreaterThan(50_000)
    // Another secret, or another name.
    await vi.waitFor(async () => {
      stranger.keep('c', ANSWER)
      expect(await stranger.find('c')).toEqual(ANSWER)
    })
    expect(await stranger.find('a')).toBeUndefined()
    await client.set(`${prefix}answer:d`, stored ?? '')
    expect(await there.find('d')).toBeUndefined()
  })
})

test('without a connection nothing is found, and nothing waits', async () => {
  const answers = openSharedAnswers('redis://127.0.0.1:1', { prefix: '', key: randomBytes(32), timeoutMs: 10 })
  answers.keep('a', ANSWER)
  expect(await answers.find('a')).toBeUndefined()
  answers.close()
})
