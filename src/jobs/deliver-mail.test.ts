import { afterEach, expect, test } from 'vitest'
import { type Mailbox, startMailbox } from '../../test/harness/mailbox.ts'
import { createMailDelivery } from './deliver-mail.ts'

let mailbox: Mailbox
afterEach(() => mailbox.close())

const FROM = 'Switchyard <gateway@example.test>'
const payload = {
  to: 'invited@example.test',
  subject: 'Your invitation to Ünion',
  text: 'Accept it here:\nhttps://x/y?z=1\n',
}

function delivery(changes: Record<string, unknown> = {}) {
  const kind = 'mail'
  const fields = { ...payload, ...changes }
  return { id: 'the-id', organizationId: 'o', workspaceId: null, kind, payload: fields, createdAt: 0, attempts: 0 }
}

const signal = new AbortController().signal

test('a message arrives whole, at its address, under the id of its delivery', async () => {
  mailbox = await startMailbox()
  await createMailDelivery({ smtpUrl: mailbox.url, from: FROM })(delivery(), signal)
  expect(mailbox.mails).toMatchObject([{ from: 'gateway@example.test', to: ['invited@example.test'] }])
  expect(mailbox.mails[0]?.text).toContain('Message-ID: <the-id@example.test>')
  expect(mailbox.mails[0]?.text).toContain('https://x/y?z=1')
})

test('an address can add neither recipients nor headers', async () => {
  mailbox = await startMailbox()
  const send = createMailDelivery({ smtpUrl: mailbox.url, from: FROM })
  const to = 'a@example.test, b@example.test\r\nBcc: c@example.test'
  await send(delivery({ to, subject: 'Hello\r\nBcc: d@example.test' }), signal).catch(() => {})
  const addresses = mailbox.mails.flatMap((mail) => mail.to)
  for (const smuggled of ['b@example.test', 'c@example.test', 'd@example.test'])
    expect(addresses).not.toContain(smuggled)
  expect(mailbox.mails.map(({ text }) => text).join()).not.toMatch(/^bcc:/im)
})

test('a refusal, and a server that is not there, are failures to try again', async () => {
  mailbox = await startMailbox({ refusals: 9, refusalCode: 452 })
  await expect(createMailDelivery({ smtpUrl: mailbox.url, from: FROM })(delivery(), signal)).rejects.toThrow('no room')
  const nowhere = createMailDelivery({ smtpUrl: 'smtp://127.0.0.1:1', from: FROM })
  await expect(nowhere(delivery(), signal)).rejects.toThrow()
})
