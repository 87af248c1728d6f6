import { afterAll, beforeAll, expect, test } from 'vitest'
import { INVITATION_OPERATIONS } from '../../../src/contract/management/invitations.ts'
import { type Gateway, startGateway } from '../../harness/gateway-process.ts'
import { type Mailbox, startMailbox } from '../../harness/mailbox.ts'
import { eventually } from '../fixtures.ts'
import { expectAnswer, expectError, sendTo } from '../request.ts'

const PATH = '/api/v1/organization/invitations'
const { createInvitation, resendInvitation } = INVITATION_OPERATIONS

const PASSWORD = 'canary-password'
let mailbox: Mailbox
let own: Gateway
beforeAll(async () => {
  mailbox = await startMailbox({ password: PASSWORD, refusals: 1 })
  own = await startGateway({
    env: {
      SMTP_URL: mailbox.url,
      SMTP_FROM: 'Gateway <gateway@example.test>',
      SWITCHYARD_WORKSPACE_ADMINS_MAX: '1',
    },
  })
})
afterAll(async () => {
  await own?.stop()
  await mailbox?.close()
})

async function mails(count: number): Promise<string[]> {
  await eventually(
    async () => mailbox.mails.length,
    (length) => length >= count,
  )
  return mailbox.mails.map(({ text }) => text)
}

const tokenIn = (mail: string | undefined) => /token=([\w-]+)/.exec(mail ?? '')?.[1]
const accept = (token: string | undefined) => sendTo(own, 'POST', `${PATH}/accept`, { key: null, body: { token } })

test('201 with a mail server: the link goes to the address alone, also when the server refuses at first', async () => {
  const answer = await sendTo(own, 'POST', PATH, { body: { email: 'invited@example.test' } })
  const { data } = expectAnswer(answer, 201, createInvitation.output)
  expect(data.link).toBeNull()
  const [mail] = await mails(1)
  expect(mail).toContain('To: invited@example.test')
  expect(mail).toContain(`${own.url}/invitations/accept?token=`)
  const again = await sendTo(own, 'POST', `${PATH}/${data.id}/resend`, { body: {} })
  expect(expectAnswer(again, 200, resendInvitation.output).data.link).toBeNull()
  const [, second] = await mails(2)
  expectError(await accept(tokenIn(mail)), 404, 'does not exist')
  expect((await accept(tokenIn(second))).status).toBe(200)
  const output = own.stdout.join('\n')
  for (const secret of [PASSWORD, tokenIn(mail) ?? '', tokenIn(second) ?? '']) {
    expect(output).not.toContain(secret)
  }
})

test('400 at the cap that the settings say', async () => {
  const { body } = await sendTo(own, 'POST', '/api/v1/workspaces', { body: { name: 'Team', slug: 'team' } })
  const workspaces = [{ workspace_id: (body as { data: { id: string } }).data.id, workspace_role: 'admin' }]
  const invitations = ['one@example.test', 'two@example.test'].map((email) => ({ email, workspaces }))
  expectError(await sendTo(own, 'POST', `${PATH}/bulk`, { body: { invitations } }), 400, 'at most 1 .* would be 2')
})

test('the link leads to a page that accepts only when asked to', async () => {
  const answer = await sendTo(own, 'POST', PATH, { body: { email: 'page@example.test' } })
  expect(answer.status).toBe(201)
  const token = tokenIn((await mails(3)).at(-1))
  const page = await sendTo(own, 'GET', `/invitations/accept?token=${token}`, { key: null })
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(page.headers.get('referrer-policy')).toBe('no-referrer')
  expect(page.body).toContain(token)
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const submit = () =>
    sendTo(own, 'POST', '/invitations/accept', {
      key: null,
      headers,
      rawBody: `token=${token}&first_name=Ada&last_name=`,
    })
  expect(await submit()).toMatchObject({ status: 200, body: expect.stringContaining('page@example.test is a member') })
  expect(await submit()).toMatchObject({ status: 409, body: expect.stringContaining('accepted already') })
  const forged = await sendTo(own, 'GET', '/invitations/accept?token=%22%3E%3Cscript%3E', { key: null })
  expect(forged.body).not.toContain('<script')
})
