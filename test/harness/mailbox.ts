import { SMTPServer } from 'smtp-server'

export interface Mail {
  from: string
  to: string[]
  /** As it came, but for the folds that long lines get: the text can be searched. */
  text: string
}

export interface Mailbox {
  /** As SMTP_URL wants it. */
  url: string
  mails: Mail[]
  close: () => Promise<void>
}

interface Manners {
  /** Wanted of whoever sends; the user is `user`. */
  password?: string
  /** How many messages are refused before the first is taken, and with which code. */
  refusals?: number
  refusalCode?: number
}

/** A mail server on a free port of this machine that keeps what it gets. */
export async function startMailbox({ password, refusals = 0, refusalCode = 451 }: Manners = {}): Promise<Mailbox> {
  const mails: Mail[] = []
  let left = refusals
  const server = new SMTPServer({
    authOptional: password === undefined,
    allowInsecureAuth: true,
    onAuth: (given, _session, done) => {
      const isKnown = given.username === 'user' && given.password === password
      done(isKnown ? null : new Error('who are you'), { user: 'user' })
    },
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData(stream, { envelope: { mailFrom, rcptTo } }, done) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        left -= 1
        if (left >= 0) return done(Object.assign(new Error('no room'), { responseCode: refusalCode }))
        const text = Buffer.concat(parts).toString().replace(/=\r\n/g, '').replace(/=3D/g, '=')
        const from = mailFrom === false ? '' : mailFrom.address
        mails.push({ from, to: rcptTo.map(({ address }) => address), text })
        done()
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as { port: number }
  return {
    url: `smtp://${password === undefined ? '' : `user:${password}@`}127.0.0.1:${port}`,
    mails,
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}
