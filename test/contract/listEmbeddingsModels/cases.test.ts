import { expect, test } from 'vitest'
import { listEmbeddingsModels } from '../../../src/contract/inference/catalogue.ts'
import { CUSTOM_PROVIDER_OPERATIONS } from '../../../src/contract/management/custom-providers.ts'
import { call, expectAnswer, expectError, newSlug, send } from '../request.ts'

const PATH = '/api/v1/embeddings/models'

test('200 lists models that give embeddings and no other, in pages', async () => {
  const slug = newSlug()
  const model = (id: string, output: 'embeddings' | 'text') => ({
    id: `${slug}/${id}`,
    free: true,
    context_length: 8_192,
    output_modalities: [output],
  })
  const models = [model('vectors-small', 'embeddings'), model('talker', 'text'), model('vectors-large', 'embeddings')]
  const body = { slug, dialect: 'openai-chat' as const, base_url: 'https://llm.example.com/v1', models }
  const { data } = await call(CUSTOM_PROVIDER_OPERATIONS.createCustomProvider, body)
  const answer = expectAnswer(await send('GET', PATH), 200, listEmbeddingsModels.output)
  const own = answer.data.filter(({ id }) => id.startsWith(slug))
  expect(own.map(({ id }) => id)).toEqual([`${slug}/vectors-small`, `${slug}/vectors-large`])
  expect(own[0]?.architecture).toMatchObject({ modality: 'text->embeddings', output_modalities: ['embeddings'] })
  const page = expectAnswer(await send('GET', `${PATH}?limit=1`), 200, listEmbeddingsModels.output)
  expect(page.data).toHaveLength(1)
  expect(page.total_count).toBe(answer.total_count)
  expect(page.links.next).toBe(`${PATH}?offset=1&limit=1`)
  await call(CUSTOM_PROVIDER_OPERATIONS.deleteCustomProvider, { id: data.id })
})

test('200 without a key', async () => {
  expectAnswer(await send('GET', PATH, { key: null }), 200, listEmbeddingsModels.output)
})

test.each(['limit=0', 'limit=1001', 'offset=-1', 'q=x'])('400 for ?%s', async (query) => {
  expectError(await send('GET', `${PATH}?${query}`), 400, query.split('=')[0] ?? '')
})
