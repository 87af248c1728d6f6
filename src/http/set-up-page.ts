import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../domain/app-error.ts'
import { originOf } from './call-origin.ts'
import type { HttpParts } from './http-parts.ts'

const ANONYMOUS = { kind: 'anonymous' } as const
const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:4rem auto;padding:0 1rem;color:#1a1f2b;background:#fbfbfd}
h1{font-size:1.5rem}label{display:block;margin:1rem 0 .25rem}input{font:inherit;padding:.5rem;width:100%;box-sizing:border-box}
button{font:inherit;margin-top:1rem;padding:.5rem 1rem}pre{background:#eef0f5;padding:1rem;overflow-x:auto}code{word-break:break-all}`

interface SetUpResult {
  data: { management_key: string; inference_key: string }
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
      return await sendPage(reply, 200, form(token ?? ''))
    })
    scope.post('/setup', async (request, reply) => {
      const isForm = (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')
      if (!isForm)
        return reply.code(201).send(await parts.invoke('completeSetUp', ANONYMOUS, request.body, originOf(request)))
      return await answerForm(request, reply, parts)
    })
  })
}

async function answerForm(request: FastifyRequest, reply: FastifyReply, parts: HttpParts): Promise<FastifyReply> {
  try {
    const result = (await parts.invoke('completeSetUp', ANONYMOUS, request.body, originOf(request))) as SetUpResult
    return await sendPage(reply, 201, keys(result, parts.publicUrl))
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return await sendPage(reply, error.status, `<h1>That did not work</h1><p>${escapeHtml(error.message)}</p>`)
  }
}

function sendPage(reply: FastifyReply, status: number, content: string): FastifyReply {
  return reply
    .code(status)
    .header(
      'content-security-policy',
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    )
    .header('referrer-policy', 'no-referrer')
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(
      `<!doctype html><html lang="en"><meta charset="utf-8"><title>Set up Switchyard</title><style>${STYLE}</style><main>${content}</main></html>`,
    )
}

function form(token: string): string {
  return `<h1>Set up Switchyard</h1><p>This makes you the first administrator and gives you two keys, shown once.</p>
<form method="post" action="/setup"><input type="hidden" name="token" value="${escapeHtml(token)}">
<label for="email">Your e-mail address</label><input id="email" name="email" type="email" required autofocus>
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

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
