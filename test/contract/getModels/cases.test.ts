import { expect, test } from 'vitest'
import { listModels } from '../../../src/contract/inference/catalogue.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

const PATH = '/api/v1/models'

test('200 lists every text model without a key, with exactly the declared keys', async () => {
  const answer = expectAnswer(await send('GET', PATH, { key: null }), 200, listModels.output)
  expect(answer.total_count).toBe(answer.data.length)
  expect(answer.links).toEqual({ next: null })
  expect(answer.data.find(({ id }) => id === 'sim/lorem')).toMatchObject({
    pricing: { prompt: '0.000001', completion: '0.000002' },
    architecture: { output_modalities: ['text'] },
    links: { details: '/api/v1/models/sim/lorem/endpoints' },
  })
})

test('200 pages when asked to, and links to the next page until there is none', async () => {
  const all = (await call(listModels, {})).data.map(({ id }) => id)
  const paged: string[] = []
  let path: string | null = `${PATH}?limit=3`
  while (path !== null && paged.length <= all.length) {
    const page: Awaited<ReturnType<typeof call<typeof listModels>>> = expectAnswer(
      await send('GET', path),
      200,
      listModels.output,
    )
    paged.push(...page.data.map(({ id }) => id))
    path = page.links.next
  }
  expect(paged).toEqual(all)
})

test('200 filters by text and by parameter', async () => {
  const byText = await call(listModels, { q: 'LOREM' })
  expect(byText.data.map(({ id }) => id)).toEqual(['sim/lorem'])
  const byParameter = await call(listModels, { supported_parameters: 'tools,max_tokens' })
  expect(byParameter.data.every((model) => model.supported_parameters.includes('tools'))).toBe(true)
  expect((await call(listModels, { supported_parameters: 'no_such_parameter' })).data).toEqual([])
  expect((await call(listModels, { output_modalities: 'image' })).data.map(({ id }) => id)).not.toContain('sim/lorem')
})

test('200 names the filters of the official client that it ignored', async () => {
  const answer = await send('GET', `${PATH}?sort=newest&zdr=true&min_price=1`)
  const { warnings, data } = expectAnswer(answer, 200, listModels.output)
  expect(warnings?.join()).toMatch(/sort.*zdr|zdr.*sort/s)
  expect(warnings).toHaveLength(3)
  expect(data.length).toBeGreaterThan(0)
})

test.each(['limit=0', 'limit=1001', 'offset=-1', 'colour=red'])('400 for ?%s', async (query) => {
  expectError(await send('GET', `${PATH}?${query}`), 400, query.split('=')[0] ?? '')
})

test('401 for a key that is sent and unknown', async () => {
  expectError(await send('GET', PATH, { key: 'sk-or-v1-x' }), 401, 'User not found.')
})
