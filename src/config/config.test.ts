import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { newSecretKey } from '../platform/secret-key.ts'
import { ConfigError, publicUrlOf, readConfig, redactedConfig, SETTINGS } from './config.ts'

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

test('a part of what several processes serve together needs a database for several', () => {
  expect(problemsOf({ SWITCHYARD_ROLE: 'gateway' })).toEqual(['SWITCHYARD_ROLE: gateway needs DATABASE_URL'])
  expect(problemsOf({ SWITCHYARD_ROLE: 'control', DATABASE_URL: 'postgres://h/d' })).toEqual([])
  expect(problemsOf({ SWITCHYARD_ROLE: 'both' })).toEqual([expect.stringContaining('SWITCHYARD_ROLE')])
})

test('an empty environment gives the documented defaults', () => {
  const { config, warnings } = readConfig({})
  expect(warnings).toEqual([])
  expect(config).toMatchObject({
    host: '127.0.0.1',
    port: 8787,
    dataDir: '.switchyard',
    databaseUrl: null,
    billing: 'postpaid',
    journalSync: 'full',
    bodyBytesMax: 33_554_432,
    holdWaitMs: 1_000,
    refusedDays: 7,
    drainMs: 30_000,
    snapshotIntervalMs: 60_000,
    snapshotKeysMax: 100_000,
    logLevel: 'info',
  })
})

test('all faults are reported at once, each with its variable', () => {
  const problems = problemsOf({
    PORT: '70000',
    SWITCHYARD_BILLING: 'free',
    LOG_LEVEL: 'loud',
    SWITCHYARD_HOLD_WAIT_MS: 'soon',
  })
  expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual([
    'LOG_LEVEL',
    'PORT',
    'SWITCHYARD_BILLING',
    'SWITCHYARD_HOLD_WAIT_MS',
  ])
})

test('an empty value counts as absent', () => {
  expect(readConfig({ PORT: '', DATABASE_URL: ' ', SWITCHYARD_SECRET: '' }).config).toMatchObject({
    port: 8787,
    databaseUrl: null,
    secret: null,
  })
})

test('variables of the command line are none of the gateway, and no mistake', () => {
  expect(readConfig({ SWITCHYARD_URL: 'http://x', SWITCHYARD_INFERENCE_KEY: 'x' }).warnings).toEqual([])
})

test('a misspelt variable is named together with the one that was meant', () => {
  expect(readConfig({ SWITCHYARD_DATADIR: '/x' }).warnings).toEqual([
    'SWITCHYARD_DATADIR is not a setting and is ignored; did you mean SWITCHYARD_DATA_DIR?',
  ])
  expect(readConfig({ SWITCHYARD_COMPLETELY_DIFFERENT: '1' }).warnings).toEqual([
    'SWITCHYARD_COMPLETELY_DIFFERENT is not a setting and is ignored',
  ])
  expect(readConfig({ UNRELATED: '1' }).warnings).toEqual([])
})

test.each([
  ['wrong checksum', `sk-or-v1-${'0'.repeat(64)}`],
  ['upper case', newSecretKey().toUpperCase()],
  ['too short', 'sk-or-v1-abc'],
])('a management key with %s is refused without being printed', (_name, key) => {
  const problems = problemsOf({ SWITCHYARD_MANAGEMENT_KEY: key })
  expect(problems).toHaveLength(1)
  expect(problems[0]).toMatch(/^SWITCHYARD_MANAGEMENT_KEY: must be/)
  expect(problems[0]).not.toContain(key)
})

test('the built-in provider is on with the embedded database and off with PostgreSQL unless said otherwise', () => {
  const databaseUrl = { DATABASE_URL: 'postgres://u:p@h/d' }
  expect(readConfig({}).config.isSimOn).toBe(true)
  expect(readConfig(databaseUrl).config.isSimOn).toBe(false)
  expect(readConfig({ ...databaseUrl, SWITCHYARD_SIM: 'on' }).config.isSimOn).toBe(true)
  expect(readConfig({ SWITCHYARD_SIM: 'off' }).config.isSimOn).toBe(false)
})

test('more than one worker is refused with the reason', () => {
  expect(problemsOf({ SWITCHYARD_WORKERS: '4' })).toEqual([
    expect.stringMatching(/^SWITCHYARD_WORKERS: must be 1: several workers behind one port are not supported yet/),
  ])
})

test.each([
  ['loopback', { HOST: '127.0.0.1' }, true],
  ['IPv6 loopback', { HOST: '::1' }, true],
  ['every address', { HOST: '0.0.0.0' }, false],
  ['every address behind a trusted proxy', { HOST: '0.0.0.0', TRUSTED_PROXIES: '10.0.0.0/8' }, true],
  ['every address with a certificate', { HOST: '0.0.0.0', TLS_CERT: 'c.pem', TLS_KEY: 'k.pem' }, true],
  ['every address when allowed', { HOST: '0.0.0.0', SWITCHYARD_ALLOW_HTTP: '1' }, true],
])('plain HTTP on %s is accepted only where it is safe or asked for', (_name, env, isAccepted) => {
  expect(problemsOf(env).length === 0).toBe(isAccepted)
})

test('networks are lists of CIDR, a single address is the network of itself, others are refused by name', () => {
  const { config } = readConfig({ SWITCHYARD_EGRESS_ALLOW: '10.0.0.0/8, 192.168.1.7,fd00::/8,::1' })
  expect(config.egressAllowedCidrs).toEqual(['10.0.0.0/8', '192.168.1.7/32', 'fd00::/8', '::1/128'])
  expect(problemsOf({ SWITCHYARD_EGRESS_ALLOW: '10.0.0.0/33,example.com,10.0.0.0/8' })).toEqual([
    'SWITCHYARD_EGRESS_ALLOW: not an IP address or network: 10.0.0.0/33, example.com',
  ])
})

test('initial credits become nano-dollars exactly and are told to be idle in postpaid billing', () => {
  const env = { SWITCHYARD_INITIAL_CREDITS_USD: '12.345678901' }
  expect(readConfig({ ...env, SWITCHYARD_BILLING: 'prepaid' }).config.initialCreditsNanoUsd).toBe(12_345_678_901n)
  expect(readConfig(env).warnings).toHaveLength(1)
})

test('a certificate needs its key, and a public URL that is https, which it is by default', () => {
  const pair = { TLS_CERT: '/tls/cert.pem', TLS_KEY: '/tls/key.pem' }
  const { config } = readConfig(pair)
  expect(config.tls).toEqual({ certFile: '/tls/cert.pem', keyFile: '/tls/key.pem' })
  expect(publicUrlOf(config, 8443)).toBe('https://127.0.0.1:8443')
  for (const name of ['TLS_CERT', 'TLS_KEY'])
    expect(problemsOf({ [name]: '/tls/x.pem' })).toEqual(['TLS_CERT: needs TLS_KEY, and the other way round'])
  expect(problemsOf({ ...pair, SWITCHYARD_PUBLIC_URL: 'http://llm.example.com' })).toEqual([
    'SWITCHYARD_PUBLIC_URL: must be an https URL where TLS_CERT is set, because the port speaks nothing else',
  ])
  expect(problemsOf({ ...pair, SWITCHYARD_PUBLIC_URL: 'https://llm.example.com' })).toEqual([])
})

test('a direct database URL without a database URL is refused', () => {
  expect(problemsOf({ DATABASE_URL_DIRECT: 'postgres://h/d' })).toEqual(['DATABASE_URL_DIRECT: needs DATABASE_URL'])
  expect(problemsOf({ DATABASE_URL: 'mysql://h/d' })).toEqual(['DATABASE_URL: must be a postgres:// URL'])
})

test('the printed configuration holds no secret', () => {
  const managementKey = newSecretKey()
  const secret = 'correct horse battery staple, four words'
  const { config } = readConfig({
    SWITCHYARD_MANAGEMENT_KEY: managementKey,
    SWITCHYARD_SECRET: secret,
    DATABASE_URL: 'postgres://user:hunter22@db/x',
    DATABASE_URL_DIRECT: 'postgres://user@db/x?password=hunter22',
  })
  const printed = JSON.stringify(redactedConfig(config))
  for (const hidden of [managementKey, managementKey.slice(12, 50), secret, 'hunter22'])
    expect(printed).not.toContain(hidden)
})

test('the configuration is frozen', () => {
  const { config } = readConfig({ TRUSTED_PROXIES: '10.0.0.1' })
  expect(Object.isFrozen(config)).toBe(true)
  expect(Object.isFrozen(config.trustedProxies)).toBe(true)
})

test('the public URL is the configured one without a trailing slash, else the address listened on', () => {
  expect(publicUrlOf(readConfig({ SWITCHYARD_PUBLIC_URL: 'https://llm.example.com/' }).config, 1)).toBe(
    'https://llm.example.com',
  )
  expect(publicUrlOf(readConfig({ PORT: '0' }).config, 4321)).toBe('http://127.0.0.1:4321')
  expect(publicUrlOf(readConfig({ HOST: '::1' }).config, 80)).toBe('http://[::1]:80')
})

test('the documentation lists every setting with its meaning, and no other', async () => {
  const page = await readFile(new URL('../../docs/configuration.md', import.meta.url), 'utf8')
  const table = page.slice(page.indexOf('## Settings'), page.indexOf('## Provider keys'))
  const documented = [...table.matchAll(/^\| `(\w+)` \|[^|]*\| (.*) \|$/gm)].map(([, name, meaning]) => [name, meaning])
  expect(documented).toEqual(Object.entries(SETTINGS.shape).map(([name, { description }]) => [name, description]))
})

test('the first administrator needs an address and a password that people may have, and the password is not printed', () => {
  const email = 'ada@example.test'
  const password = 'an engine of analysis'
  const named = { SWITCHYARD_ADMIN_EMAIL: email, SWITCHYARD_ADMIN_PASSWORD: password }
  expect(readConfig(named).config.firstAdmin).toEqual({ email, password })
  expect(JSON.stringify(redactedConfig(readConfig(named).config))).not.toContain(password)
  expect(problemsOf({ SWITCHYARD_ADMIN_EMAIL: email })).toEqual([
    'SWITCHYARD_ADMIN_PASSWORD: needed beside SWITCHYARD_ADMIN_EMAIL',
  ])
  expect(problemsOf({ SWITCHYARD_ADMIN_PASSWORD: password })).toEqual([
    'SWITCHYARD_ADMIN_EMAIL: needed beside SWITCHYARD_ADMIN_PASSWORD',
  ])
  for (const weak of ['too short', 'a'.repeat(20), email]) {
    const [problem, ...more] = problemsOf({ ...named, SWITCHYARD_ADMIN_PASSWORD: weak })
    expect(problem).toMatch(/^SWITCHYARD_ADMIN_PASSWORD: The password must/)
    expect([problem, more]).toEqual([expect.not.stringContaining(weak), []])
  }
  expect(problemsOf({ ...named, SWITCHYARD_ADMIN_EMAIL: 'ada' })).toEqual([
    'SWITCHYARD_ADMIN_EMAIL: must be an e-mail address',
  ])
})

test('payments by card need both secrets, and neither is printed', () => {
  expect(problemsOf({ STRIPE_SECRET_KEY: 'sk_test_secret' })).toEqual([
    'STRIPE_SECRET_KEY: needs STRIPE_WEBHOOK_SECRET, and the other way round',
  ])
  const env = { STRIPE_SECRET_KEY: 'sk_test_secret', STRIPE_WEBHOOK_SECRET: 'whsec_secret' }
  const { config } = readConfig(env)
  expect(config.stripe?.apiUrl).toBe('https://api.stripe.com')
  expect(JSON.stringify(redactedConfig(config))).not.toContain('_secret')
  expect(readConfig({}).config.stripe).toBeNull()
})

test('a collector is the base URL or the whole one, with the names and headers of OpenTelemetry, which are not printed', () => {
  expect(readConfig({ OTEL_SERVICE_NAME: 'nobody' }).config.tracing).toBeNull()
  const base = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/base/' }
  expect(readConfig(base).config.tracing).toMatchObject({
    url: 'http://collector:4318/base/v1/traces',
    resource: { 'service.name': 'switchyard' },
    sampler: 'parentbased_always_on',
  })
  const whole = { ...base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://there.example/in' }
  const { config } = readConfig({ ...whole, OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20canary, x-a=b' })
  expect(config.tracing).toMatchObject({
    url: 'https://there.example/in',
    headers: { authorization: 'Bearer canary', 'x-a': 'b' },
  })
  expect(JSON.stringify(redactedConfig(config))).not.toContain('canary')
  expect(readConfig({ ...base, OTEL_TRACES_SAMPLER: 'always_off' }).config.tracing).toBeNull()
})

test('faults of the settings of OpenTelemetry are told all at once, by name', () => {
  const bad = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'grpc://collector:4317',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://user:word@collector/in',
    OTEL_EXPORTER_OTLP_HEADERS: 'no pair',
    OTEL_RESOURCE_ATTRIBUTES: 'a=%zz',
    OTEL_TRACES_SAMPLER: 'sometimes',
    OTEL_TRACES_SAMPLER_ARG: '1.5',
  }
  const problems = problemsOf(bad)
  expect(problems.map((problem) => problem.split(':')[0])).toEqual(Object.keys(bad))
  expect(problems.join(' ')).not.toContain('word@')
  expect(problemsOf({ OTEL_EXPORTER_OTLP_HEADERS: 'x-a=b%0d%0ac' })).toHaveLength(1)
})
