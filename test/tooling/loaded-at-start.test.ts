import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const ENTRY = new URL('../../src/main/serve.ts', import.meta.url).href
const WITHOUT_SCHEMAS = new URL('../../src/http/without-schemas.ts', import.meta.url).href
/** Prints what is loaded for the entry, and for an app of the framework as the process makes it. */
const SCRIPT = `
  const { registerHooks } = await import('node:module')
  const urls = []
  registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) })
  await import(${JSON.stringify(ENTRY)})
  const { WITHOUT_SCHEMAS } = await import(${JSON.stringify(WITHOUT_SCHEMAS)})
  const { default: Fastify } = await import(${JSON.stringify(import.meta.resolve('fastify'))})
  Fastify({ schemaController: WITHOUT_SCHEMAS })
  process.stdout.write(JSON.stringify(urls), () => process.exit(0))`

test('a process that serves has loaded what it serves with, and none of the large packages that it may never need', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', SCRIPT], {
    maxBuffer: 10_000_000,
  })
  const packages = new Set(
    (JSON.parse(stdout) as string[]).flatMap((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []),
  )
  expect(packages).toContain('fastify')
  const seldom = [
    'better-auth',
    '@simplewebauthn/server',
    'nodemailer',
    '@aws-sdk/client-secrets-manager',
    'stripe',
    'redis',
    'ajv',
    '@modelcontextprotocol/server',
  ]
  expect(seldom.filter((name) => packages.has(name))).toEqual([])
})
