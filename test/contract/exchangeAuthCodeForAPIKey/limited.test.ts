import { afterAll, beforeAll, test } from 'vitest'
import { type Gateway, startGateway } from '../../harness/gateway-process.ts'
import { failUntilLimited } from '../guesses.ts'
import { expectError, sendTo } from '../request.ts'

let own: Gateway
beforeAll(async () => {
  own = await startGateway()
})
afterAll(() => own?.stop())

const PATH = '/api/v1/auth/keys'

test('429 for who guesses, and then for a good code too, which stays good', async () => {
  const made = await sendTo(own, 'POST', '/api/v1/auth/keys/code', { body: { callback_url: 'https://app.example' } })
  const { id: code } = (made.body as { data: { id: string } }).data
  await failUntilLimited(own, PATH, { code: `${code}x` }, 403)
  expectError(await sendTo(own, 'POST', PATH, { key: null, body: { code } }), 429, 'Too many attempts')
})
