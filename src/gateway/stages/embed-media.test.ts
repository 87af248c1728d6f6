import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { embedMedia } from './embed-media.ts'

const LINK = (name: string) => ({ type: 'image_url', image_url: { url: `https://images.example.test/${name}` } })
const requestWith = (...names: string[]) => JSON.stringify({ messages: [{ role: 'user', content: names.map(LINK) }] })

test('each image is fetched once and stands in the request, which stays the same where there is none', async () => {
  const fetched: string[] = []
  const fetchMedia = async (url: string) => {
    fetched.push(url)
    return { contentType: 'image/png', base64: 'iVBO' }
  }
  const body = String(await embedMedia(requestWith('a', 'b', 'a'), 'images', fetchMedia))
  expect(fetched.map((url) => url.at(-1))).toEqual(['a', 'b'])
  expect(body).not.toContain('https:')
  expect(body.split('data:image/png;base64,iVBO').length).toBe(4)
  const plain = requestWith()
  expect(await embedMedia(plain, 'images', fetchMedia)).toBe(plain)
})

test('one that fails is the failure of all, and the others are given up', async () => {
  const signals: AbortSignal[] = []
  const fetchMedia = async (url: string, signal: AbortSignal) => {
    signals.push(signal)
    if (url.endsWith('bad')) throw new Error('no such image')
    return await new Promise<never>(() => {})
  }
  await expect(embedMedia(requestWith('slow', 'bad'), 'images', fetchMedia)).rejects.toThrow('no such image')
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
})

test('too many are refused before any is fetched, and too large ones together after', async () => {
  const many = requestWith(...Array.from({ length: 21 }, (_, at) => `image-${at}`))
  await expect(embedMedia(many, 'images', () => Promise.reject(new Error('fetched')))).rejects.toThrow('more than 20')
  const large = async () => ({ contentType: 'image/png', base64: 'A'.repeat(20 * 1_048_576) })
  await expect(embedMedia(requestWith('a', 'b', 'c'), 'images', large)).rejects.toThrow('too large')
})

test('of many large ones no more are fetched than are too large together', async () => {
  let [fetched, running, most] = [0, 0, 0]
  const fetchMedia = async () => {
    fetched += 1
    running += 1
    most = Math.max(most, running)
    await new Promise((resolve) => setImmediate(resolve))
    running -= 1
    return { contentType: 'image/png', base64: 'A'.repeat(10 * 1_048_576) }
  }
  const many = requestWith(...Array.from({ length: 20 }, (_, at) => `image-${at}`))
  await expect(embedMedia(many, 'images', fetchMedia)).rejects.toThrow('too large')
  expect([most, fetched]).toEqual([4, expect.toSatisfy((count: number) => count <= 10)])
})

test('others get their turns while large ones are put in their place', async () => {
  const base64 = 'A'.repeat(20 * 1_048_576)
  const [begun, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const fetchMedia = async (url: string) => {
    if (url.endsWith('b')) begun.resolve()
    return { contentType: 'image/png', base64 }
  }
  const body = embedMedia(requestWith('a', 'b'), 'images', fetchMedia).finally(ended.resolve)
  await begun.promise
  let turns = 0
  let isOver = false
  void ended.promise.then(() => {
    isOver = true
  })
  while (!isOver) {
    await nextTurn()
    turns += 1
  }
  expect((await body).length).toBeGreaterThan(2 * base64.length)
  expect(turns).toBeGreaterThanOrEqual(8)
})
