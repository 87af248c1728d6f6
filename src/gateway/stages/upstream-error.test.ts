import { expect, test } from 'vitest'
import { findSimModel } from '../../domain/sim-models.ts'
import { failureOfRefusal } from './upstream-error.ts'

const SECRET = 'sk-of-the-installation'
const base = findSimModel('sim/lorem')?.endpoints[0] ?? expect.fail()
const endpoint = { ...base, provider: { ...base.provider, apiKey: SECRET } }

test.each([400, 401, 429])('a credential that a provider quotes in a refusal with %i is seen by nobody', (status) => {
  const body = JSON.stringify({ error: { message: `No: ${SECRET} (Bearer ${SECRET}) may not` } })
  const { error } = failureOfRefusal(endpoint, { status, body, retryAfterSeconds: undefined })
  expect(JSON.stringify([error.message, error.detail, error.recordedMessage, error.metadata])).not.toContain(SECRET)
  if (status === 400) expect(error.message).toBe('No: *** (Bearer ***) may not')
})
