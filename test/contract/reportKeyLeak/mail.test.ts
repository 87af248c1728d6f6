import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createKeys } from '../../../src/contract/management/keys.ts'
import { type Gateway, startGateway } from '../../harness/gateway-process.ts'
import { eventually } from '../fixtures.ts'
import { expectAnswer, sendTo } from '../request.ts'

const mailbox: string[] = []
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  logger: false,
  onData(stream, _session, done) {
    const parts: Buffer[] = []
    stream.on('data', (part: Buffer) => parts.push(part))
    stream.on('end', () => {
      mailbox.push(Buffer.concat(parts).toString().replace(/=\r\n/g, '').replace(/=3D/g, '='))
      done()
    })
  },
})

let own: Gateway
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as { port: number }
  own = await startGateway({ env: { SMTP_URL: `smtp://127.0.0.1:${port}` }, firstStart: true })
})
afterAll(async () => {
  await own?.stop()
  await new Promise<void>((resolve) => server.close(resolve))
})

async function newMember(email: string, role: 'org:admin' | 'org:member'): Promise<string> {
  await sendTo(own, 'POST', '/api/v1/organization/invitations', { body: { email, role } })
  const mail = await eventually(
    async () => mailbox.find((text) => text.includes(`To: ${email}`)),
    (text) => text !== undefined,
  )
  const token = /token=([\w-]+)/.exec(mail ?? '')?.[1]
  const path = '/api/v1/organization/invitations/accept'
  const { body } = await sendTo(own, 'POST', path, { key: null, body: { token } })
  return (body as { data: { user_id: string } }).data.user_id
}

const leakMails = async (count: number) =>
  await eventually(
    async () => mailbox.filter((text) => text.includes('has leaked')),
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
