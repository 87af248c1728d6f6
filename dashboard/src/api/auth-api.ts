import { z } from 'zod'
import { send } from './call.ts'

/* Signing in, which is no operation of the API (`docs/identity.md`): only a browser does it. */

const Word = z.string()
const Membership = z.object({ id: Word, name: Word, role: z.enum(['org:admin', 'org:member']).nullable() })
const Reach = z.enum(['ws', 'own'])

export const SessionWire = z.object({
  kind: z.enum(['member', 'key']),
  user: z
    .object({
      id: Word,
      email: Word,
      first_name: Word.nullable(),
      last_name: Word.nullable(),
      has_password: z.boolean(),
      has_second_factor: z.boolean(),
    })
    .nullable(),
  session: z.object({ id: Word, created_at: Word, expires_at: Word, is_recent: z.boolean() }),
  organization: Membership,
  organizations: z.array(Membership),
  permissions: z.object({
    organization: z.array(Word),
    workspaces: z.record(Word, z.record(Word, Reach)),
  }),
})
export type SessionWire = z.output<typeof SessionWire>

/** One call of the sign-in API; `answer` is what stands in `data`. Throws RequestFailed. */
export async function authApi<Answer extends z.ZodType>(
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  { body, answer }: { body?: Readonly<Record<string, unknown>>; answer: Answer },
): Promise<z.output<Answer>> {
  const json = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const { data } = (await send(`/auth-api${path}`, { method, ...json })) as { data: unknown }
  return answer.parse(data)
}
