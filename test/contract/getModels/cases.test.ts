import { expect, test } from 'vitest'
import { getModel, listEndpoints, listModels } from '../../../src/contract/inference/catalogue.ts'
import { CUSTOM_PROVIDER_OPERATIONS } from '../../../src/contract/management/custom-providers.ts'
import { call, expectAnswer, expectError, newSlug, send } from '../request.ts'

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

const idsFor = async (query: string) =>
  expectAnswer(await send('GET', `${PATH}?${query}`), 200, listModels.output).data.map(({ id }) => id)

test('200 narrows to what every filter leaves', async () => {
  const all = await idsFor('')
  expect(await idsFor('min_price=1&max_price=1')).toEqual(['sim/lorem', 'sim/liar', 'sim/cut-3'])
  expect(await idsFor('min_price=1&min_output_price=2.1')).toEqual([])
  expect(await idsFor('zdr=true&model_authors=sim&providers=SIM,openai&context=1000000&q=lorem')).toEqual(['sim/lorem'])
  expect(await idsFor('context=1000001')).toEqual([])
  expect(await idsFor('region=eu')).toEqual([])
  expect(await idsFor('input_modalities=text,image')).toEqual([])
  expect(await idsFor('arch=other')).toEqual(all)
  expect(await idsFor('min_intelligence_index=1')).toEqual([])
  expect(await idsFor('category=programming')).toEqual([])
  expect(await idsFor('min_age_days=1')).toEqual(all)
  expect(await idsFor('max_age_days=1')).toEqual([])
})

test('200 sorts, and puts those last of which it is not known', async () => {
  const byPrice = await idsFor('sort=pricing-high-to-low')
  expect(byPrice.slice(0, 3)).toEqual(['sim/lorem', 'sim/liar', 'sim/cut-3'])
  expect((await idsFor('sort=pricing-low-to-high')).slice(-3)).toEqual(['sim/lorem', 'sim/liar', 'sim/cut-3'])
  for (const sort of ['most-popular', 'top-weekly', 'intelligence-high-to-low', 'design-arena-elo-high-to-low'])
    expect(await idsFor(`sort=${sort}`)).toEqual(await idsFor(''))
})

test('200 keeps filters and order in the link to the next page', async () => {
  const answer = await send('GET', `${PATH}?q=sim&sort=newest&zdr=true&limit=2`)
  const { links, total_count } = expectAnswer(answer, 200, listModels.output)
  expect(links.next).toBe(`${PATH}?q=sim&zdr=true&sort=newest&offset=2&limit=2`)
  expect(expectAnswer(await send('GET', links.next ?? ''), 200, listModels.output).total_count).toBe(total_count)
})

test('200 lists the newest of a family under the name that stands for it, with what it is', async () => {
  const slug = newSlug()
  const model = (id: string, created: number) => ({
    id: `${slug}/${id}`,
    created,
    name: id,
    pricing: { prompt: '0.000001', completion: '0.000002', overrides: [{ min_prompt_tokens: 9, prompt: '0.000003' }] },
    context_length: 100,
    reasoning: { mandatory: true },
    default_parameters: { temperature: 0.5 },
    tokenizer: 'Mistral' as const,
  })
  const body = { slug, dialect: 'openai-chat' as const, base_url: 'https://llm.example.com/v1' }
  const models = [model('chat-1', 100), model('chat-2', 200)]
  const made = await call(CUSTOM_PROVIDER_OPERATIONS.createCustomProvider, { ...body, models })
  const { data } = expectAnswer(await send('GET', `${PATH}?model_authors=${slug}`), 200, listModels.output)
  expect(data.map(({ id }) => id)).toEqual([`${slug}/chat-1`, `${slug}/chat-2`, `~${slug}/chat-latest`])
  expect(data[2]).toEqual({
    ...data[1],
    id: `~${slug}/chat-latest`,
    name: 'chat-2 (latest)',
    alias_target: { name: 'chat-2', slug: `${slug}/chat-2` },
    links: { details: `/api/v1/models/~${slug}/chat-latest/endpoints` },
  })
  expect(data[1]).toMatchObject({
    pricing: { prompt: '0.000001', overrides: [{ min_prompt_tokens: 9, prompt: '0.000003' }] },
    reasoning: { mandatory: true },
    default_parameters: { temperature: 0.5 },
    architecture: { tokenizer: 'Mistral' },
  })
  for (const path of [`/api/v1/model/~${slug}/chat-latest`, `/api/v1/model/~${slug}/chat-latest:nitro`]) {
    expect(expectAnswer(await send('GET', path), 200, getModel.output).data).toEqual(data[2])
  }
  const variant = await send('GET', `/api/v1/model/${slug}/chat-1:floor`)
  expect(expectAnswer(variant, 200, getModel.output).data).toEqual(data[0])
  const endpoints = await send('GET', `/api/v1/models/~${slug}/chat-latest/endpoints`)
  expect(expectAnswer(endpoints, 200, listEndpoints.output).data).toMatchObject({
    id: `${slug}/chat-2`,
    endpoints: [{ model_id: `${slug}/chat-2` }],
  })
  await call(CUSTOM_PROVIDER_OPERATIONS.deleteCustomProvider, { id: made.data.id })
})

test('200 names what of the official client it ignored', async () => {
  const { warnings } = expectAnswer(await send('GET', `${PATH}?use_rss=true`), 200, listModels.output)
  expect(warnings?.join()).toMatch(/use_rss/)
})

test.each([
  'limit=0',
  'limit=1001',
  'offset=-1',
  'colour=red',
  'sort=best',
  'category=fun',
  'region=mars',
  'min_price=-1',
  'zdr=false',
  'context=0',
  'min_tool_success_rate=2',
])('400 for ?%s', async (query) => {
  expectError(await send('GET', `${PATH}?${query}`), 400, query.split('=')[0] ?? '')
})

test('401 for a key that is sent and unknown', async () => {
  expectError(await send('GET', PATH, { key: 'sk-or-v1-x' }), 401, 'User not found.')
})
