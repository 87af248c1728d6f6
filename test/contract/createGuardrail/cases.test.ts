import { expect, test } from 'vitest'
import { GUARDRAIL_OPERATIONS } from '../../../src/contract/management/guardrails.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { SILENT } from '../guardrail-fixtures.ts'
import { expectAnswer, expectError, gateway, send } from '../request.ts'

const { output } = GUARDRAIL_OPERATIONS.createGuardrail
const create = (body: unknown) => send('POST', '/api/v1/guardrails', { body })

test('201 in the default workspace, saying nothing but its name', async () => {
  const { data } = expectAnswer(await create({ name: 'silent' }), 201, output)
  expect(data).toEqual({
    ...SILENT,
    id: expect.stringMatching(/^[0-9a-f-]{14}4/),
    name: 'silent',
    workspace_id: gateway.defaultWorkspaceId,
    created_at: expect.stringMatching(/Z$/),
  })
})

test('201 with every field, as it was sent', async () => {
  const { id } = await newWorkspace()
  const body = {
    name: 'everything',
    workspace_id: id,
    description: 'text',
    allowed_models: ['sim/lorem', 'openai/gpt-4o'],
    ignored_models: ['x-ai/grok:free'],
    allowed_providers: ['openai'],
    ignored_providers: ['azure'],
    limit_usd: 10.5,
    reset_interval: 'daily',
    include_byok_in_budgets: true,
    enforce_zdr_openai: true,
    enforce_zdr_xai: false,
    enable_free_model_publication: false,
    enable_free_model_training: false,
    enable_paid_model_training: true,
    content_filters: [
      { pattern: 'PRJ-[0-9]+', action: 'redact' },
      { pattern: 'secret|topsecret', action: 'block', label: 'secrets' },
    ],
    content_filter_builtins: [
      { slug: 'email', action: 'redact', label: 'ignored', scan_scope: 'user_only' },
      { slug: 'regex-prompt-injection', action: 'block' },
    ],
    allowed_data_regions: ['europe'],
    on_filter_timeout: 'allow',
  }
  const { data } = expectAnswer(await create(body), 201, output)
  expect(data).toMatchObject({
    ...body,
    content_filters: [{ pattern: 'PRJ-[0-9]+', action: 'redact', label: null }, body.content_filters[1]],
    content_filter_builtins: [
      { slug: 'email', action: 'redact', label: '[EMAIL]' },
      { slug: 'regex-prompt-injection', action: 'block', label: '[PROMPT_INJECTION]', scan_scope: 'all_messages' },
    ],
  })
})

test('201 copies the one old switch to each group that the request leaves out', async () => {
  const { data } = expectAnswer(
    await create({ name: 'old', enforce_zdr: true, enforce_zdr_google: false, enforce_zdr_xai: null }),
    201,
    output,
  )
  expect(data).toMatchObject({
    enforce_zdr: true,
    enforce_zdr_anthropic: true,
    enforce_zdr_openai: true,
    enforce_zdr_google: false,
    enforce_zdr_xai: null,
    enforce_zdr_other: true,
  })
})

test('201 names models by their canonical slugs, providers by their slugs, each once', async () => {
  const body = { name: 'names', allowed_models: ['SIM/Lorem', 'sim/lorem'], allowed_providers: ['SIM', 'sim', 'none'] }
  const { data } = expectAnswer(await create(body), 201, output)
  expect(data).toMatchObject({ allowed_models: ['sim/lorem'], allowed_providers: ['sim', 'none'] })
})

test('201 warns of a filter that finds less than its name says', async () => {
  const body = { name: 'nlp', content_filter_builtins: [{ slug: 'person-name', action: 'block' }] }
  const { warnings } = expectAnswer(await create(body), 201, output)
  expect(warnings).toEqual([expect.stringContaining('person-name')])
})

test.each([
  ['no name', { name: undefined }, 'name'],
  ['an empty name', { name: '' }, 'name'],
  ['a name of 201 characters', { name: 'x'.repeat(201) }, 'name'],
  ['a description of 1001 characters', { description: 'x'.repeat(1_001) }, 'description'],
  ['an empty list of models', { allowed_models: [] }, 'allowed_models'],
  ['an empty list of ignored models', { ignored_models: [] }, 'ignored_models'],
  ['an empty list of providers', { allowed_providers: [] }, 'allowed_providers'],
  ['an empty list of ignored providers', { ignored_providers: [] }, 'ignored_providers'],
  ['an empty model name', { allowed_models: [''] }, 'allowed_models.0'],
  ['a negative limit', { limit_usd: -1 }, 'limit_usd'],
  ['a lifetime by name', { reset_interval: 'lifetime' }, 'reset_interval'],
  [
    'an unknown built-in',
    { content_filter_builtins: [{ slug: 'passport', action: 'flag' }] },
    'content_filter_builtins.0',
  ],
  ['an unknown action', { content_filters: [{ pattern: 'x', action: 'allow' }] }, 'content_filters.0.action'],
  ['an empty pattern', { content_filters: [{ pattern: '', action: 'flag' }] }, 'content_filters.0.pattern'],
  ['a long label', { content_filters: [{ pattern: 'x', action: 'flag', label: 'x'.repeat(101) }] }, 'label'],
  ['a field of an entry that there is not', { content_filters: [{ pattern: 'x', action: 'flag', on: 1 }] }, 'on'],
  ['a workspace that is no UUID', { workspace_id: 'default' }, 'workspace_id'],
  ['another outcome of filters', { on_filter_timeout: 'flag' }, 'on_filter_timeout'],
  ['an unknown region', { allowed_data_regions: ['mars'] }, 'allowed_data_regions'],
])('400 names the field of %s', async (_name, fields, field) => {
  expectError(await create({ name: 'x', ...fields }), 400, field)
})

test.each([
  ['a syntax error', '('],
  ['a look-ahead', '(?=x)'],
  ['a look-behind', '(?<!x)y'],
  ['a back-reference', '(x)\\1'],
  ['a nested quantifier', '(x+)+'],
  ['too costly a pattern', 'x?'.repeat(5_000)],
])('400 invalid_regex_pattern for %s, naming the entry', async (_name, pattern) => {
  const content_filters = [
    { pattern: 'fine', action: 'flag' },
    { pattern, action: 'flag' },
  ]
  const answer = await create({ name: 'x', content_filters })
  expectError(answer, 400, 'content_filters.1.pattern')
  expect(answer.body).toMatchObject({ error: { metadata: { error_type: 'invalid_regex_pattern' } } })
})

test('400 for patterns that cost too much together', async () => {
  const words = Array.from({ length: 14_000 }, (_, at) => (60_466_176 + at * 149_989).toString(36))
  const content_filters = Array.from({ length: 9 }, () => ({ pattern: words.join('|'), action: 'flag' }))
  expectError(await create({ name: 'x', content_filters }), 400, '^content_filters: the patterns take \\d+ steps')
  const alone = [{ pattern: '[ab]*a[ab]{14}', action: 'flag' }]
  expectError(await create({ name: 'x', content_filters: alone }), 400, 'content_filters.0.pattern: .* too many steps')
})

test('404 for an unknown workspace', async () => {
  expectError(await create({ name: 'x', workspace_id: NO_UUID }), 404, 'Workspace not found')
})
