import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../domain/app-error.ts'
import { originOf } from './call-origin.ts'
import { escapeHtml, sendPage } from './html-page.ts'
import type { HttpParts } from './http-parts.ts'
import { offerDashboard } from './mount-dashboard.ts'

const ANONYMOUS = { kind: 'anonymous' } as const
const PATH = '/invitations/accept'
const TITLE = 'Your invitation'

/** Where the link of an invitation leads. Opening it accepts nothing, because programs that check mail open links, too. */
export async function mountInvitationPage(app: FastifyInstance, parts: HttpParts): Promise<void> {
  await app.register(async (scope) => {
    scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(String(body))))
    })
    scope.get(PATH, async (request, reply) => {
      const { token } = request.query as { token?: unknown }
      const page = await offerDashboard(request, reply, parts.dashboard)
      if (page !== undefined) return page
      return sendPage(reply, 200, TITLE, form(typeof token === 'string' ? token : ''))
    })
    scope.post(PATH, (request, reply) => accept(request, reply, parts))
  })
}

async function accept(request: FastifyRequest, reply: FastifyReply, parts: HttpParts): Promise<FastifyReply> {
  const fields = request.body as Record<string, string>
  const input = Object.fromEntries(Object.entries(fields ?? {}).filter(([, value]) => value !== ''))
  try {
    const { data } = (await parts.invoke('acceptInvitation', ANONYMOUS, input, originOf(request))) as {
      data: { email: string }
    }
    return sendPage(reply, 200, TITLE, `<h1>Welcome</h1><p>${escapeHtml(data.email)} is a member now.</p>`)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return sendPage(reply, error.status, TITLE, `<h1>That did not work</h1><p>${escapeHtml(error.message)}</p>`)
  }
}

function form(token: string): string {
  return `<h1>You are invited</h1><form method="post" action="${PATH}">
<input type="hidden" name="token" value="${escapeHtml(token)}">
<label for="first_name">First name</label><input id="first_name" name="first_name" maxlength="100" autocomplete="given-name" autofocus>
<label for="last_name">Last name</label><input id="last_name" name="last_name" maxlength="100" autocomplete="family-name">
<button>Accept the invitation</button></form>`
}
