import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadCatalogue } from './load-catalogue.ts'
import { makeReload } from './reload-catalogue.ts'

function providers(...prompts: string[]): string {
  const models = prompts.map((prompt, at) => ({
    id: `x/m${at}`,
    context_length: 1,
    pricing: { prompt, completion: '0' },
  }))
  return JSON.stringify(
    { providers: [{ slug: 'a', dialect: 'openai-chat', base_url: 'http://h/v1', models }] },
    undefined,
    1,
  )
}

test('a broken file keeps the old catalogue and tells every fault; a mended one replaces it whole', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sw-reload-'))
  const providerFile = join(directory, 'p.json')
  const applied: number[] = []
  const rejected: (readonly string[])[] = []
  const reload = makeReload({
    load: () => loadCatalogue({ config: { providerFile, isSimOn: false }, env: {}, nowMs: 0 }),
    apply: ({ catalogue }) => applied.push(catalogue.models.size),
    reject: (problems) => rejected.push(problems),
  })
  for (const content of [providers('1'), providers('1', '-1', 'x'), providers('1', '2')]) {
    await writeFile(providerFile, content)
    await reload()
  }
  expect(applied).toEqual([1, 2])
  expect(rejected).toEqual([[expect.stringContaining('models[1]'), expect.stringContaining('models[2]')]])
  await rm(directory, { recursive: true })
})

test('calls during a load lead to exactly one more, and the last one read is applied last', async () => {
  const gates: (() => void)[] = []
  const applied: number[] = []
  let loads = 0
  const reload = makeReload({
    load: () => {
      loads += 1
      const mine = loads
      return new Promise<number>((resolve) => gates.push(() => resolve(mine)))
    },
    apply: (loaded) => applied.push(loaded),
    reject: () => expect.unreachable(),
  })
  const done = [reload(), reload(), reload()]
  await expect.poll(() => gates.length).toBe(1)
  gates[0]?.()
  await expect.poll(() => gates.length).toBe(2)
  gates[1]?.()
  await Promise.all(done)
  expect(applied).toEqual([1, 2])
})

test('a failure that is no fault of the file is told and does not end later reloads', async () => {
  const told: (readonly string[])[] = []
  let fails = true
  const reload = makeReload({
    load: () => {
      if (fails) throw new TypeError('bug')
      return Promise.resolve('good')
    },
    apply: (loaded) => told.push([loaded]),
    reject: (problems) => told.push(problems),
  })
  await reload()
  fails = false
  await reload()
  expect(told).toEqual([['TypeError: bug'], ['good']])
})
