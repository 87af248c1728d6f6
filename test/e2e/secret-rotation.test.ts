import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { setUpToken } from '../contract/shared-gateway.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { nextTotpCode, totpCode, Visitor } from '../harness/visitor.ts'

/*
 * S9 on the real process: the secret of an installation with sealed credentials and an audit log is changed.
 */

const [OLD, NEW] = ['the-first-secret-of-this-installation', 'the-second-secret-of-this-installation']

let gateway: Gateway
afterEach(async () => void (await gateway?.stop()))

async function verify(): Promise<unknown> {
  return (await gateway.call('POST', '/api/v1/audit-logs/verify', { body: {} })).body
}

/** Changing its name alone leaves the credential sealed as it was; changing the credential seals with the same data key. */
async function changeCredential(id: string): Promise<number> {
  const change = { name: 'renamed', key: `sk-canary-${id}` }
  return (await gateway.call('PATCH', `/api/v1/byok/${id}`, { body: change })).status
}

test('S9: the secret is changed at a start with both; afterwards the old one opens nothing, and the log is intact', async () => {
  gateway = await startGateway({ env: { SWITCHYARD_SECRET: OLD } })
  const body = { provider: 'openai', key: 'sk-canary-of-a-provider', name: 'mine' }
  const made = await gateway.call('POST', '/api/v1/byok', { body })
  expect(made.status).toBe(201)
  const { id } = (made.body as { data: { id: string } }).data
  const restarts = [
    { SWITCHYARD_SECRET: NEW, SWITCHYARD_SECRET_PREVIOUS: OLD },
    { SWITCHYARD_SECRET: NEW, SWITCHYARD_SECRET_PREVIOUS: OLD },
    { SWITCHYARD_SECRET: NEW, SWITCHYARD_SECRET_PREVIOUS: '' },
  ]
  for (const env of restarts) {
    await gateway.restart(env)
    expect(await changeCredential(id)).toBe(200)
    expect(await verify()).toMatchObject({ data: { is_intact: true, fault: null } })
  }
  const rotations = gateway.stdout.filter((line) => line.includes('"msg":"secret_rotated"'))
  expect(rotations.map((line) => JSON.parse(line) as object)).toEqual([expect.objectContaining({ rewrappedKeys: 1 })])
  const heads = readFileSync(join(gateway.dataDir, 'audit-head.log'), 'utf8').trimEnd().split('\n')
  expect(heads.length).toBeGreaterThan(2)

  for (const env of [
    { SWITCHYARD_SECRET: OLD },
    { SWITCHYARD_SECRET: `${OLD}-not`, SWITCHYARD_SECRET_PREVIOUS: `${NEW}-not` },
  ]) {
    await expect(gateway.restart(env)).rejects.toThrow('server ended with 1 before serving')
  }
  expect(gateway.stderr.join('\n')).toMatch(/not the one that this database was created with.*\n.*neither/s)
  await gateway.restart({ SWITCHYARD_SECRET: NEW, SWITCHYARD_SECRET_PREVIOUS: '' })
  expect(await verify()).toMatchObject({ data: { is_intact: true } })
  const output = [...gateway.stdout, ...gateway.stderr].join('\n')
  for (const secret of [OLD, NEW, 'sk-canary']) expect(output).not.toContain(secret)
})

test('S9: a second factor outlasts the secret under which it was made, while that is changed and afterwards', async () => {
  gateway = await startGateway({ env: { SWITCHYARD_SECRET: OLD }, firstStart: true })
  const ada = { email: 'ada@example.test', password: 'an engine of analysis' }
  const token = await setUpToken(gateway.stdout)
  expect((await new Visitor(gateway.url).post('/setup', { token, ...ada })).status).toBe(201)
  const halfSignedIn = async () => {
    const visitor = new Visitor(gateway.url)
    await visitor.post('/auth-api/sign-in', ada)
    return visitor
  }
  const enable = async (visitor: Visitor) => {
    const { body } = await visitor.post('/auth-api/two-factor/enable', { password: ada.password })
    const made = body.data as { secret: string; backup_codes: string[] }
    expect((await visitor.post('/auth-api/two-factor/confirm', { code: totpCode(made.secret) })).status).toBe(200)
    return made
  }
  const made = await enable(await halfSignedIn())
  const signIn = async (code: object) =>
    (await (await halfSignedIn()).post('/auth-api/sign-in/second-factor', code)).status
  const [first, second] = made.backup_codes

  await gateway.restart({ SWITCHYARD_SECRET: NEW, SWITCHYARD_SECRET_PREVIOUS: OLD })
  expect(await signIn({ backup_code: first })).toBe(200)
  await gateway.kill9()
  await gateway.restart({ SWITCHYARD_SECRET: NEW, SWITCHYARD_SECRET_PREVIOUS: '' })
  expect(await signIn({ code: nextTotpCode(made.secret) })).toBe(200)
  expect(await signIn({ backup_code: second })).toBe(200)
})
