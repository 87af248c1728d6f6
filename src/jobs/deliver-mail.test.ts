import { SMTPServer } from 'smtp-server'
import { afterEach, expect, test } from 'vitest'
import { createMailDelivery } from './deliver-mail.ts'

let server: SMTPServer | undefined
afterEach(() => new Promise<void>((resolve) => (server ? server.close(resolve) : resolve())))

interface Received {
  from: string
  to: string[]
  message: string
}

/** A mail server on a free port that keeps what it gets, or refuses each message with `refusal`. */
async function startServer(refusal?: number): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = []
  const started = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData(stream, session, done) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        const from = mailFrom === false ? '' : mailFrom.address
        received.push({ from, to: rcptTo.map(({ address }) => address), message: Buffer.concat(parts).toString() })
        done(refusal === undefined ? null : Object.assign(new Error('no room'), { responseCode: refusal }))
      })
    },
  })
  server = started
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve))
  const { port } = started.server.address() as { port: number }
  return { url: `smtp://127.0.0.1:${port}`, received }
}

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
  const { url, received } = await startServer()
  await createMailDelivery({ smtpUrl: url, from: FROM })(delivery(), signal)
  expect(received).toMatchObject([{ from: 'gateway@example.test', to: ['invited@example.test'] }])
  expect(received[0]?.message).toContain('Message-ID: <the-id@example.test>')
  expect(received[0]?.message).toContain('https://x/y?z=1')
})

test('an address can add neither recipients nor headers', async () => {
  const { url, received } = await startServer()
  const send = createMailDelivery({ smtpUrl: url, from: FROM })
  const to = 'a@example.test, b@example.test\r\nBcc: c@example.test'
  await send(delivery({ to, subject: 'Hello\r\nBcc: d@example.test' }), signal).catch(() => {})
  const addresses = received.flatMap((mail) => mail.to)
  for (const smuggled of ['b@example.test', 'c@example.test', 'd@example.test'])
    expect(addresses).not.toContain(smuggled)
  expect(received.map(({ message }) => message).join()).not.toMatch(/^bcc:/im)
})

test('a refusal, and a server that is not there, are failures to try again', async () => {
  const { url } = await startServer(452)
  await expect(createMailDelivery({ smtpUrl: url, from: FROM })(delivery(), signal)).rejects.toThrow('no room')
  const nowhere = createMailDelivery({ smtpUrl: 'smtp://127.0.0.1:1', from: FROM })
  await expect(nowhere(delivery(), signal)).rejects.toThrow()
})
