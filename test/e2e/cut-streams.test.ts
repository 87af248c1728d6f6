import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { streamCorpus } from '../harness/stream-corpus.ts'
import { type CutScene, PROTOCOLS, startCutScene } from '../proof/cut-streams.ts'

/*
 * F4 over HTTP: streams of each dialect, cut around the end of every event, for every client protocol. After every byte they are
 * cut in `src/gateway/stages/cut-streams.test.ts`, without connections.
 */

let scene: CutScene
beforeAll(async () => {
  scene = await startCutScene(process.env['SWITCHYARD_TEST_SIZE'] === 'full')
})
afterAll(async () => {
  expect(scene?.gateway.stdout.filter((line) => line.includes('request_failed'))).toEqual([])
  expect(await scene?.stop()).toBe(0)
})

describe.each(PROTOCOLS)('for %s', (protocol) => {
  test.each([...new Set(streamCorpus().map(({ dialect }) => dialect))])(
    'F4 streams of %s, cut around the end of every event, end once and are charged once',
    async (dialect) => {
      const { charged, cuts, generations, keyUsage, problems } = await scene.cut(protocol, dialect)
      expect(problems).toEqual([])
      expect(cuts).toBeGreaterThan(0)
      expect(generations).toBe(cuts)
      expect(charged).toBeGreaterThan(0n)
      expect(keyUsage).toBe(charged)
    },
  )
})
