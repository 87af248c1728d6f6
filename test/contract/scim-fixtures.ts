import { expect } from 'vitest'
import { SCIM_OPERATIONS } from '../../src/contract/management/scim.ts'
import type { ScimGroupResource, ScimUserResource } from '../../src/contract/management/scim-directory.ts'
import { call, newSlug, send } from './request.ts'

type Answer = Awaited<ReturnType<typeof send>>

let token: Promise<string> | undefined

/** The token of the directory service that these tests play. */
function directoryToken(): Promise<string> {
  token ??= call(SCIM_OPERATIONS.createScimToken, { name: 'directory' }).then((made) => made.token)
  return token
}

/** One call as a directory service makes it; `path` begins after `/scim/v2`. */
export async function scim(method: string, path: string, body?: unknown, key?: string | null): Promise<Answer> {
  const type = { 'content-type': 'application/scim+json' }
  return await send(method, `/scim/v2${path}`, {
    key: key === undefined ? await directoryToken() : key,
    ...(body === undefined ? {} : { body, headers: type }),
  })
}

export function expectScimError(answer: Answer, status: number, detail: RegExp | string, scimType?: string): void {
  expect({ status: answer.status, body: answer.body }).toEqual({
    status,
    body: {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: String(status),
      ...(scimType === undefined ? {} : { scimType }),
      detail: expect.stringMatching(detail),
    },
  })
  expect(answer.headers.get('content-type')).toBe('application/scim+json; charset=utf-8')
}

/** A user of the directory whom nobody else knows. */
export async function newDirectoryUser(fields: object = {}): Promise<ScimUserResource> {
  const userName = `${newSlug()}@directory.example.test`
  const answer = await scim('POST', '/Users', { userName, name: { givenName: 'Ada', familyName: 'L' }, ...fields })
  if (answer.status !== 201) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body as ScimUserResource
}

export async function newDirectoryGroup(members: readonly { id: string }[] = []): Promise<ScimGroupResource> {
  const body = { displayName: `Group ${newSlug()}`, members: members.map(({ id }) => ({ value: id })) }
  const answer = await scim('POST', '/Groups', body)
  if (answer.status !== 201) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body as ScimGroupResource
}

/** Who somebody of the directory is in the organization. */
export async function personOf({ userName }: { userName: string }): Promise<string | undefined> {
  for (let offset = 0; ; offset += 100) {
    const { body } = await send('GET', `/api/v1/organization/members?limit=100&offset=${offset}`)
    const { data } = body as { data: { id: string; email: string }[] }
    const found = data.find(({ email }) => email === userName)
    if (found !== undefined || data.length < 100) return found?.id
  }
}

/** The roles in a workspace, by user id. */
export async function rolesIn(workspaceId: string): Promise<Record<string, string>> {
  const { body } = await send('GET', `/api/v1/workspaces/${workspaceId}/members?limit=100`)
  const { data } = body as { data: { user_id: string; workspace_role: string }[] }
  return Object.fromEntries(data.map(({ user_id, workspace_role }) => [user_id, workspace_role]))
}

export async function map(groupId: string, workspaceId: string, role: 'admin' | 'member') {
  const input = { scim_group_id: groupId, workspace_id: workspaceId, role }
  return (await call(SCIM_OPERATIONS.createScimGroupMapping, input)).data
}
