import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../../harness/gateway-process.ts'
import { newEmail, tokenOf } from '../fixtures.ts'
import { failUntilLimited } from '../guesses.ts'
import { expectError, sendTo } from '../request.ts'

let own: Gateway
beforeAll(async () => {
  own = await startGateway()
})
afterAll(() => own?.stop())

const PATH = '/api/v1/organization/invitations/accept'

test('429 for who guesses, and then for a good token too, which stays good; acceptances are not counted', async () => {
  const invite = async () => {
    const body = { email: newEmail(), role: 'org:member' }
    const made = await sendTo(own, 'POST', '/api/v1/organization/invitations', { body })
    return tokenOf((made.body as { data: { link: string } }).data.link)
  }
  for (let count = 0; count < 5; count += 1) {
    const body = { token: await invite() }
    expect((await sendTo(own, 'POST', PATH, { key: null, body })).status).toBe(200)
  }
  const token = await invite()
  await failUntilLimited(own, PATH, { token: `${token}x` }, 404)
  expectError(await sendTo(own, 'POST', PATH, { key: null, body: { token } }), 429, 'Too many attempts')
  expect((await sendTo(own, 'GET', '/api/v1/workspaces')).status).toBe(200)
})
