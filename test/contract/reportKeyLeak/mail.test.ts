import { afterAll, beforeAll, expect, test } from 'vitest'
import { createKeys } from '../../../src/contract/management/keys.ts'
import { type Gateway, startGateway } from '../../harness/gateway-process.ts'
import { type Mailbox, startMailbox } from '../../harness/mailbox.ts'
import { eventually } from '../fixtures.ts'
import { expectAnswer, sendTo } from '../request.ts'

let mailbox: Mailbox
let own: Gateway
beforeAll(async () => {
  mailbox = await startMailbox()
  own = await startGateway({ env: { SMTP_URL: mailbox.url } })
})
afterAll(async () => {
  await own?.stop()
  await mailbox?.close()
})

async function newMember(email: string, role: 'org:admin' | 'org:member'): Promise<string> {
  await sendTo(own, 'POST', '/api/v1/organization/invitations', { body: { email, role } })
  const mail = await eventually(
    async () => mailbox.mails.find(({ to }) => to.includes(email)),
    (found) => found !== undefined,
  )
  const token = /token=([\w-]+)/.exec(mail?.text ?? '')?.[1]
  const path = '/api/v1/organization/invitations/accept'
  const { body } = await sendTo(own, 'POST', path, { key: null, body: { token } })
  return (body as { data: { user_id: string } }).data.user_id
}

const leakMails = async (count: number) =>
  await eventually(
    async () => mailbox.mails.map(({ text }) => text).filter((text) => text.includes('has leaked')),
    (texts) => texts.length >= count,
  )

async function reportNew(fields: object): Promise<string> {
  const made = await sendTo(own, 'POST', '/api/v1/keys', { body: { name: 'leaky', ...fields } })
  const { key } = expectAnswer(made, 201, createKeys.output)
  const body = { key, source_url: 'https://paste.example.com/1' }
  expect((await sendTo(own, 'POST', '/api/v1/keys/report-leak', { key: null, body })).status).toBe(202)
  return key
}

test('202: the owner of a key is told by mail, and of a key without one the administrators', async () => {
  await newMember('boss@example.test', 'org:admin')
  const userId = await newMember('owner@example.test', 'org:member')
  const key = await reportNew({ creator_user_id: userId })
  const [first] = await leakMails(1)
  expect(first).toContain('To: owner@example.test')
  expect(first).toContain('https://paste.example.com/1')
  expect(first).toContain('disabled at once')
  await reportNew({})
  const mails = await leakMails(2)
  expect(mails[1]).toContain('To: boss@example.test')
  expect(mails).toHaveLength(2)
  expect(mails.join('\n') + own.stdout.join('\n')).not.toContain(key)
})
