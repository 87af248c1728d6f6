import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { ConfigError } from './config.ts'
import { parseProviderFile, readProviderFile } from './provider-file.ts'

const GOOD = `
# comment
providers:
  - slug: alpha
    name: Alpha
    dialect: openai-chat
    base_url: http://127.0.0.1:9100/v1/
    api_key_env: ALPHA_API_KEY
    data_policy: { training: false, retains_prompts: false }
    models:
      - id: openai/gpt-4o-mini
        upstream_id: gpt-4o-mini
        pricing: { prompt: "0.00000015", completion: "0.0000006", input_cache_read: "7.5e-8", request: "0.001" }
        context_length: 128000
        max_completion_tokens: 16384
        quantization: fp8
        supported_parameters: [tools, temperature]
      - id: meta-llama/llama-3.2-1b:free
        free: true
        context_length: 8192
`

function problemsOf(text: string, env: Record<string, string> = {}): readonly string[] {
  try {
    parseProviderFile(text, 'f.yaml', env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

/** A file of one provider whose one model has these further lines. */
function withModel(...lines: string[]): string {
  const head = [
    'providers:',
    '- slug: a',
    '  dialect: openai-chat',
    '  base_url: https://a.test/v1',
    '  models:',
    '  - id: x/y',
  ]
  return [...head, '    context_length: 1000', ...lines.map((line) => `    ${line}`)].join('\n')
}

test('a file becomes providers and endpoints with exact prices', () => {
  const { source, warnings } = parseProviderFile(GOOD, 'f.yaml', { ALPHA_API_KEY: 'k' })
  expect(warnings).toEqual([])
  expect(source.providers).toEqual([
    expect.objectContaining({
      slug: 'alpha',
      name: 'Alpha',
      baseUrl: 'http://127.0.0.1:9100/v1',
      apiKey: 'k',
      isFromConfigFile: true,
      visibility: null,
      dataPolicy: { training: false, retainsPrompts: false },
    }),
  ])
  const [mini, llama] = source.endpoints
  expect(mini).toMatchObject({
    providerSlug: 'alpha',
    modelId: 'openai/gpt-4o-mini',
    upstreamId: 'gpt-4o-mini',
    prices: { prompt: 150_000_000n, completion: 600_000_000n, inputCacheRead: 75_000_000n, request: 1_000_000n },
    wirePricing: { prompt: '0.00000015', completion: '0.0000006', input_cache_read: '0.000000075', request: '0.001' },
    contextLength: 128_000,
    maxCompletionTokens: 16_384,
    quantization: 'fp8',
    supportedParameters: ['tools', 'temperature'],
  })
  expect(llama).toMatchObject({
    upstreamId: 'llama-3.2-1b:free',
    prices: { prompt: 0n, completion: 0n },
    maxCompletionTokens: null,
  })
})

test('JSON is accepted as well', () => {
  const model = { id: 'x/y', context_length: 10, pricing: { prompt: '1e-6', completion: '0.000002' } }
  const file = { providers: [{ slug: 'a', dialect: 'openai-chat', base_url: 'http://h/v1', models: [model] }] }
  expect(parseProviderFile(JSON.stringify(file), 'f.json', {}).source.endpoints[0]?.prices.prompt).toBe(1_000_000_000n)
})

test('an empty file is refused, because one that was cut off would take all providers away', () => {
  for (const text of ['', ' \n'])
    expect(problemsOf(text)).toEqual(['f.yaml: is empty; for no providers write "providers: []"'])
})

test('a file of comments and an empty list are files of no providers', () => {
  expect(parseProviderFile('providers: []', 'f.yaml', {}).source).toEqual({ providers: [], endpoints: [] })
  expect(parseProviderFile('# nothing yet\n', 'f.yaml', {}).source.providers).toEqual([])
})

test('all faults are reported at once, each with line and key path', () => {
  const text = `providers:
  - slug: Alpha!
    dialect: gopher
    base_url: ftp://example.com
    colour: red
    api_key_env: NOT_SET
    models:
      - id: no-slash
        context_length: -1
        pricing:
          prompt: 0.000001
          completion: "-0.1"
          request: "0.0000000001"
          cached: "1"
      - id: x/y
        context_length: 10
`
  const problems = problemsOf(text)
  expect(problems.map((problem) => problem.split(': ').slice(0, 2).join(' '))).toEqual([
    'f.yaml:2 providers[0].slug',
    'f.yaml:3 providers[0].dialect',
    'f.yaml:4 providers[0].base_url',
    'f.yaml:5 providers[0].colour',
    'f.yaml:6 providers[0].api_key_env',
    'f.yaml:8 providers[0].models[0].id',
    'f.yaml:9 providers[0].models[0].context_length',
    'f.yaml:11 providers[0].models[0].pricing.prompt',
    'f.yaml:12 providers[0].models[0].pricing.completion',
    'f.yaml:13 providers[0].models[0].pricing.request',
    'f.yaml:14 providers[0].models[0].pricing.cached',
    'f.yaml:15 providers[0].models[1]',
  ])
  expect(problems[4]).toContain('NOT_SET is not set')
  expect(problems[7]).toContain('quoted decimal string')
  expect(problems[8]).toContain('must not be negative')
  expect(problems[9]).toContain('finer than a nano-dollar')
  expect(problems[11]).toContain('x/y has no pricing')
})

test('a syntax error names its line', () => {
  expect(problemsOf('providers:\n  - slug: "a\n  - ]')).toEqual(
    expect.arrayContaining([expect.stringMatching(/^f\.yaml:[23]: /)]),
  )
  expect(problemsOf('providers: []\nproviders: []')).toEqual([expect.stringMatching(/^f\.yaml:2: .*unique/)])
})

test('a missing key is reported at the entry it is missing from', () => {
  expect(problemsOf('providers:\n\n- slug: a\n  dialect: openai-chat\n  models: []')).toEqual([
    expect.stringMatching(/^f\.yaml:3: providers\[0\]\.base_url: /),
    expect.stringMatching(/^f\.yaml:5: providers\[0\]\.models: /),
  ])
})

test('a provider slug and a model of one provider may occur only once', () => {
  const one = (slug: string) => [
    `- slug: ${slug}`,
    '  dialect: openai-chat',
    '  base_url: https://a.test/v1',
    '  models:',
    '  - { id: x/y, free: true, context_length: 1 }',
    '  - { id: x/y, free: true, context_length: 1 }',
  ]
  const problems = problemsOf(['providers:', ...one('a'), ...one('a')].join('\n'))
  expect(problems).toEqual([
    'f.yaml:7: providers[0].models[1].id: duplicate model x/y',
    'f.yaml:8: providers[1].slug: duplicate provider a',
    'f.yaml:13: providers[1].models[1].id: duplicate model x/y',
  ])
})

test.each([
  ['prompt alone', 'pricing: { prompt: "1" }', /both prompt and completion/],
  ['nothing but a cache price', 'pricing: { input_cache_read: "1" }', /both prompt and completion/],
  [
    'a price of search units for a model that ranks nothing',
    'pricing: { search_unit: "0.002" }',
    /pricing\.search_unit: is for models whose output_modalities name rerank/,
  ],
  ['free beside prices', 'free: true\n    pricing: { prompt: "0", completion: "0" }', /free or|excludes pricing/],
  ['free: false without prices', 'free: false', /has no pricing/],
  ['a price with a unit', 'pricing: { prompt: "1 USD", completion: "0" }', /decimal string/],
  ['a discount above 1', 'pricing: { prompt: "1", completion: "1", discount: 1.5 }', /between 0 and 1/],
])('a model priced by %s is refused', (_name, line, reason) => {
  expect(problemsOf(withModel(line)).join('\n')).toMatch(reason)
})

test('a model that ranks may be priced per search unit alone', () => {
  const line = 'output_modalities: [rerank]\n    pricing: { search_unit: "0.002" }'
  expect(parseProviderFile(withModel(line), 'f.yaml', {}).source.endpoints[0]?.prices).toEqual({
    prompt: 0n,
    completion: 0n,
    searchUnit: 2_000_000n,
  })
})

test('a model priced per request alone is accepted', () => {
  const { source } = parseProviderFile(withModel('pricing: { request: "0.01" }'), 'f.yaml', {})
  expect(source.endpoints[0]?.prices).toEqual({ prompt: 0n, completion: 0n, request: 10_000_000n })
})

test('prices that are never charged are told', () => {
  const line = 'pricing: { prompt: "0.000001", completion: "0.000002", web_search: "0.01", audio_output: "0.00001" }'
  expect(parseProviderFile(withModel(line), 'f.yaml', {}).warnings).toEqual([
    'provider a, model x/y: web_search: not charged',
  ])
})

test('without a word on data policy a provider counts as training on and keeping prompts', () => {
  const { source } = parseProviderFile(withModel('free: true'), 'f.yaml', {})
  expect(source.providers[0]?.dataPolicy).toEqual({ training: true, retainsPrompts: true })
})

test('the built-in provider and its models cannot be taken over', () => {
  const text = withModel('free: true').replace('slug: a', 'slug: sim').replace('x/y', 'sim/echo')
  expect(problemsOf(text).join('\n')).toMatch(/sim is reserved[\s\S]*sim\/ is reserved/)
})

test('no model takes a name under which the gateway chooses one', () => {
  for (const id of ['openrouter/auto', 'openrouter/free'])
    expect(problemsOf(withModel('free: true').replace('x/y', id)).join('\n')).toContain(`${id} stands for models`)
})

test('a base URL with a password or a query is refused, and the password is not printed', () => {
  const problems = problemsOf(withModel('free: true').replace('https://a.test/v1', 'https://u:hunter22@a.test/v1?x=1'))
  expect(problems).toHaveLength(2)
  expect(problems.join()).not.toContain('hunter22')
})

test('faults behind an anchor name the line where the faulty value stands', () => {
  const text = `shared: &p { prompt: "x", completion: "0" }
providers: []
`
  expect(problemsOf(text)).toEqual(['f.yaml:1: shared: unknown key'])
  expect(
    problemsOf(
      `${withModel('pricing: &p { prompt: "x", completion: "0" }')}\n  - { id: x/z, context_length: 1, pricing: *p }`,
    ),
  ).toEqual([
    expect.stringMatching(/^f\.yaml:8: providers\[0\]\.models\[0\]\.pricing\.prompt/),
    expect.stringMatching(/^f\.yaml:8: providers\[0\]\.models\[1\]\.pricing\.prompt/),
  ])
})

test('a bomb of aliases is refused', () => {
  const levels = Array.from(
    { length: 12 },
    (_, at) => `l${at + 1}: &l${at + 1} [${Array(10).fill(`*l${at}`).join(', ')}]`,
  )
  expect(problemsOf(['l0: &l0 [x]', ...levels, 'providers: []'].join('\n'))).toEqual([expect.stringMatching(/alias/i)])
})

test('a file that cannot be read is a fault that names it', async () => {
  await expect(readProviderFile('/nonexistent/switchyard.yaml', {})).rejects.toThrow(
    /^\/nonexistent\/switchyard\.yaml: cannot be read/,
  )
})

test('the examples of the documentation are valid', async () => {
  const page = await readFile(new URL('../../docs/configuration.md', import.meta.url), 'utf8')
  const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text ?? '')
  expect(examples).toHaveLength(4)
  const names = ['ALPHA_API_KEY', 'VLLM_API_KEY', 'AZURE_OPENAI_API_KEY']
  const aws = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']
  const env = Object.fromEntries([...names, ...aws].map((name) => [name, 'x']))
  for (const example of examples)
    expect(parseProviderFile(example, 'docs', env).source.endpoints.length).toBeGreaterThan(0)
})

const MODELS = 'models: [{ id: a/b, free: true, context_length: 1000 }]'

test('an access key of AWS is one secret, of parts given or from the environment', () => {
  const text = `providers:
  - slug: aws
    dialect: bedrock
    base_url: https://bedrock-runtime.eu-central-1.amazonaws.com
    aws: { access_key_id: AKIA, secret_access_key_env: AWS_SECRET, region: eu-west-1 }
    ${MODELS}`
  const [provider] = parseProviderFile(text, 'f.yaml', { AWS_SECRET: 'shh ' }).source.providers
  expect(JSON.parse(provider?.apiKey ?? '')).toEqual({
    accessKeyId: 'AKIA',
    secretAccessKey: 'shh',
    region: 'eu-west-1',
  })
})

test('peculiarities are those that are named, or else those of the address', () => {
  const provider = (baseUrl: string, more = '') => {
    const text = `providers: [{ slug: p, dialect: openai-chat, base_url: "${baseUrl}", ${more} ${MODELS} }]`
    return parseProviderFile(text, 'f.yaml', {}).source.providers[0]
  }
  expect(provider('https://api.mistral.ai/v1')?.quirks).toBe('mistral')
  expect(provider('https://api.mistral.ai/v1', 'quirks: none,')?.quirks).toBe('none')
  expect(provider('http://10.0.0.1/v1')).not.toHaveProperty('quirks')
  expect(provider('https://proxy.example.com/openai', 'azure: { api_version: "2024-10-21" },')).toMatchObject({
    quirks: 'azure',
    azure: { apiVersion: '2024-10-21' },
  })
})

test.each([
  [
    'dialect: openai-chat, base_url: "https://x/v1", aws: { access_key_id: a, secret_access_key: b }',
    'aws: is for the dialect bedrock alone',
  ],
  [
    'dialect: bedrock, base_url: "https://x", api_key: k, aws: { access_key_id: a, secret_access_key: b }',
    'aws: excludes api_key',
  ],
  [
    'dialect: bedrock, base_url: "https://x", aws: { access_key_id: a }',
    'aws.secret_access_key: required, or secret_access_key_env',
  ],
  [
    'dialect: bedrock, base_url: "https://x", aws: { access_key_id: a, access_key_id_env: B, secret_access_key: b }',
    'aws.access_key_id: excludes access_key_id_env',
  ],
  [
    'dialect: bedrock, base_url: "https://x", aws: { access_key_id: a, secret_access_key_env: NOT_SET }',
    'aws.secret_access_key_env: the environment variable NOT_SET is not set',
  ],
  ['dialect: gemini, base_url: "https://x", azure: {}', 'azure: is for the dialects of OpenAI alone'],
  ['dialect: openai-chat, base_url: "https://x/openai", azure: {}', 'azure: must have api_version'],
  [
    'dialect: openai-chat, base_url: "https://x/v1", azure: { api_version: "x&y" }',
    'azure.api_version: must be a version',
  ],
  ['dialect: openai-chat, base_url: "https://x/v1", quirks: odd', 'quirks: must be one of none, openai'],
])('%s is a fault', (fields, expected) => {
  const [problem] = problemsOf(`providers: [{ slug: p, ${fields}, ${MODELS} }]`)
  expect(problem).toContain(`providers[0].${expected}`)
})
