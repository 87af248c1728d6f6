import { expect, test } from 'vitest'
import { aModel, anEndpoint, catalogueOf } from '../../../test/fixtures/catalogue.ts'
import { familyOf, parseLatest } from '../latest-models.ts'
import { findMeantModel } from './model-names.ts'

const FREE = anEndpoint('free', 0n)
const PAID = anEndpoint('paid', 5n)
const THINKING = anEndpoint('paid/thinking', 9n)

const { models } = catalogueOf(
  aModel('a/m', [PAID, FREE, THINKING]),
  aModel('a/listed:free', [FREE]),
  aModel('a/paid', [PAID]),
)

test.each<[string, string, { model: string; tags: string[]; sort: string | null } | undefined]>([
  ['a name', 'a/m', { model: 'a/m', tags: ['paid', 'free', 'paid/thinking'], sort: null }],
  ['a listed variant', 'a/listed:free', { model: 'a/listed:free', tags: ['free'], sort: null }],
  ['nitro', 'a/m:nitro', { model: 'a/m', tags: ['paid', 'free', 'paid/thinking'], sort: 'throughput' }],
  ['floor', 'a/paid:floor', { model: 'a/paid', tags: ['paid'], sort: 'price' }],
  ['exacto', 'a/paid:exacto', { model: 'a/paid', tags: ['paid'], sort: 'exacto' }],
  ['free', 'a/m:free', { model: 'a/m', tags: ['free'], sort: null }],
  ['thinking', 'a/m:thinking', { model: 'a/m', tags: ['paid/thinking'], sort: null }],
  ['a listed variant, sorted', 'a/listed:free:nitro', { model: 'a/listed:free', tags: ['free'], sort: 'throughput' }],
  ['two suffixes', 'a/m:free:nitro', { model: 'a/m', tags: ['free'], sort: 'throughput' }],
  ['free of what costs', 'a/paid:free', undefined],
  ['no such suffix', 'a/m:fast', undefined],
  ['no such model', 'a/x:nitro', undefined],
  ['a name of every object', 'a/m:constructor', undefined],
  ['nothing', ':', undefined],
])('the model of a name with a suffix: %s', (_name, name, expected) => {
  const meant = findMeantModel(name, (id) => models.get(id))
  const found = meant && {
    model: meant.model.id,
    tags: meant.model.endpoints.map(({ tag }) => tag),
    sort: meant.sort,
  }
  expect(found).toEqual(expected)
})

test(':online is refused with the name of the plugin that it stood for', () => {
  expect(() => findMeantModel('a/m:online', (id) => models.get(id))).toThrow(
    expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining('plugin "web"') }),
  )
})

const CLAUDES = [
  'claude-3.5-sonnet',
  'claude-sonnet-4',
  'claude-sonnet-4.5',
  'claude-opus-4',
  'claude-sonnet-5-preview',
]

test.each<[string, string, string[]]>([
  ['the higher version first', '~anthropic/claude-sonnet-latest', ['4.5', '4', '3.5']],
  ['another family', '~anthropic/claude-opus-latest', ['opus-4']],
  ['a word that no model has', '~anthropic/claude-haiku-latest', []],
  ['another author', '~openai/claude-sonnet-latest', []],
])('a family: %s', (_name, name, expected) => {
  const all = CLAUDES.map((slug) => aModel(`anthropic/${slug}`, [PAID]))
  const family = familyOf(all, parseLatest(name) ?? { author: '', family: '' })
  expect(family.map(({ id }) => expected.find((end) => id.includes(end)))).toEqual(expected)
})

test('where it is known when models came, that counts, and neither variants nor what writes no text do', () => {
  const model = (id: string, created: number, outputModalities = ['text']) =>
    aModel(id, [PAID], { created, outputModalities })
  const all = [
    model('openai/gpt-4.1', 30),
    model('openai/gpt-5', 20),
    model('openai/gpt-6:free', 90),
    model('openai/gpt-7', 80, ['embeddings']),
    model('openai/gpt-4o-mini', 70),
  ]
  const family = familyOf(all, { author: 'openai', family: 'gpt' })
  expect(family.map(({ id }) => id)).toEqual(['openai/gpt-4.1', 'openai/gpt-5'])
})

test.each([
  'anthropic/claude-sonnet-latest',
  '~anthropic/claude-sonnet',
  '~/x-latest',
  '~a/-latest',
  'openrouter/auto',
])('%s is no name of a family', (name) => expect(parseLatest(name)).toBeUndefined())
