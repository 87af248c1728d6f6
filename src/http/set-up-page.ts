import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { parseFields } from '../control/parse-input.ts'
import { AppError } from '../domain/app-error.ts'
import { Password } from '../identity/route-inputs.ts'
import { sessionCookieName } from '../identity/session-cookie.ts'
import { originOf } from './call-origin.ts'
import { escapeHtml, sendPage } from './html-page.ts'
import type { HttpParts } from './http-parts.ts'
import { offerDashboard } from './mount-dashboard.ts'
import { callOf } from './mount-identity.ts'

const ANONYMOUS = { kind: 'anonymous' } as const
const TITLE = 'Set up Switchyard'

interface SetUpResult {
  data: { user_id: string; management_key: string; inference_key: string }
}

/** The one page of the first start: asks who the first administrator is, shows the two first keys once. The same endpoint
 *  answers JSON to JSON. */
export async function mountSetUpPage(app: FastifyInstance, parts: HttpParts): Promise<void> {
  await app.register(async (scope) => {
    scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(String(body))))
    })
    scope.get('/setup', async (request, reply) => {
      const { token } = request.query as { token?: string }
      const page = await offerDashboard(request, reply, parts.dashboard)
      if (page !== undefined) return page
      return sendPage(reply, 200, TITLE, form(token ?? ''))
    })
    scope.post('/setup', async (request, reply) => {
      const isForm = (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')
      if (isForm) return await answerForm(request, reply, parts)
      return reply.code(201).send(await setUp(request, reply, parts))
    })
  })
}

/** A password, where one is given, is found good before the token is used up; then the administrator is signed in. */
async function setUp(request: FastifyRequest, reply: FastifyReply, parts: HttpParts): Promise<SetUpResult> {
  const { password, ...input } = (request.body ?? {}) as Record<string, unknown>
  const { identity } = parts
  const chosen = password === undefined ? undefined : parseFields(Password, password)
  if (chosen !== undefined) identity.requireFirstPassword(chosen, String(input['email'] ?? ''))
  const result = (await parts.invoke('completeSetUp', ANONYMOUS, input, originOf(request))) as SetUpResult
  if (chosen !== undefined && canSignIn(parts.publicUrl))
    void reply.header('set-cookie', await identity.signUp(result.data.user_id, chosen, callOf(request)))
  return result
}

function canSignIn(publicUrl: string): boolean {
  return sessionCookieName(publicUrl) !== undefined
}

async function answerForm(request: FastifyRequest, reply: FastifyReply, parts: HttpParts): Promise<FastifyReply> {
  try {
    const result = await setUp(request, reply, parts)
    return sendPage(reply, 201, TITLE, keys(result, parts.publicUrl))
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return sendPage(reply, error.status, TITLE, `<h1>That did not work</h1><p>${escapeHtml(error.message)}</p>`)
  }
}

function form(token: string): string {
  return `<h1>Set up Switchyard</h1><p>This makes you the first administrator and gives you two keys, shown once.</p>
<form method="post" action="/setup"><input type="hidden" name="token" value="${escapeHtml(token)}">
<label for="email">Your e-mail address</label><input id="email" name="email" type="email" required autofocus autocomplete="username">
<label for="password">A password, 15 characters or more, to sign in with</label><input id="password" name="password" type="password"
 required minlength="15" maxlength="128" autocomplete="new-password">
<button>Create my keys</button></form>`
}

function keys(result: SetUpResult, publicUrl: string): string {
  const { management_key: management, inference_key: inference } = result.data
  return `<h1>Ready</h1><p>Keep these two now: they are not shown again.</p>
<p>Management key (administers, never calls models)</p><pre><code id="management-key">${management}</code></pre>
<p>Inference key (workspace Default)</p><pre><code id="inference-key">${inference}</code></pre>
<p>Try it:</p><pre><code>curl ${escapeHtml(publicUrl)}/api/v1/chat/completions \\
  -H "Authorization: Bearer ${inference}" -H "Content-Type: application/json" \\
  -d '{"model":"sim/echo","messages":[{"role":"user","content":"Hello"}]}'</code></pre>`
}
