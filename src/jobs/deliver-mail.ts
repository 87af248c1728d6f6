import { z } from 'zod'
import type { Deliver } from './outbox-loop.ts'

const CONNECT_TIMEOUT_MS = 10_000
const SILENCE_TIMEOUT_MS = 20_000

const Mail = z.object({ to: z.string(), subject: z.string(), text: z.string() })

/** Carries mail out through an SMTP server. One that is sent again after a crash has the same Message-ID, by which mailboxes
 *  tell. Throws when the server doesn't take it. */
export function createMailDelivery(options: { smtpUrl: string; from: string }): Deliver {
  const domain = /@([\w.-]+)>?\s*$/.exec(options.from)?.[1] ?? 'localhost'
  return async ({ id, payload }, signal) => {
    const { to, subject, text } = Mail.parse(payload)
    const { createTransport } = await import('nodemailer')
    const transport = createTransport({
      url: options.smtpUrl,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      greetingTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SILENCE_TIMEOUT_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    })
    const close = () => transport.close()
    signal.addEventListener('abort', close)
    try {
      const message = {
        from: options.from,
        to: { name: '', address: to },
        subject,
        text,
        messageId: `<${id}@${domain}>`,
      }
      await transport.sendMail(message)
    } finally {
      signal.removeEventListener('abort', close)
      transport.close()
    }
  }
}
