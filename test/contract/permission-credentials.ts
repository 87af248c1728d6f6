import { SESSION_KEY_PURPOSE } from '../../src/identity/session-cookie.ts'
import { deriveKey } from '../../src/platform/derived-key.ts'
import { newSecretKey } from '../../src/platform/secret-key.ts'
import { toIso } from '../../src/store/schema.ts'
import { SessionMint } from '../harness/sessions.ts'
import { type ColumnName, PART_OF_MANAGEMENT, SCOPED_KEY } from './permission-columns.ts'
import { settlePeople } from './permission-people.ts'
import type { Person } from './permission-places.ts'
import { ORIGIN, type TwoOrganizations } from './two-organizations.ts'

/** Signs the session cookies of this test. */
const SESSION_SECRET = 'of the permission table'
export const SESSION_KEY = deriveKey(SESSION_SECRET, SESSION_KEY_PURPOSE)
const DAY_MS = 86_400_000

/** What each caller sends, made the way it is made in life, and in the state that its column tells. */
export async function makeCredentials(
  world: TwoOrganizations,
  users: ReadonlyMap<Person, string>,
): Promise<Readonly<Record<ColumnName, Headers>>> {
  const [sessions, keys] = [await makeSessions(world, users), await makeKeys(world, users)]
  await settlePeople(world, users)
  // The demotion has ended the session that they had: they have signed in anew.
  const anew = { 'demoted admin': await sessionOf(world, users.get('demoted admin')) }
  return { nobody: new Headers(), ...sessions, ...anew, ...keys, ...(await makeDirectoryTokens(world)) }
}

async function makeSessions(world: TwoOrganizations, users: ReadonlyMap<Person, string>) {
  const { database, theirs } = world
  const mint = new SessionMint(database.kysely, SESSION_SECRET)
  const of = (person: Person, expiresAt?: number) => sessionOf(world, users.get(person), expiresAt)
  const valid = (await of('org admin')).get('cookie') ?? ''
  const stranger = { organizationId: theirs.actor.organizationId, role: 'org:admin' as const }
  return {
    'org admin': await of('org admin'),
    admin: await of('admin'),
    developer: await of('developer'),
    viewer: await of('viewer'),
    billing_manager: await of('billing_manager'),
    auditor: await of('auditor'),
    'member with a custom role': await of('member with a custom role'),
    'project lead': await of('project lead'),
    'member elsewhere': await of('member elsewhere'),
    'removed member': await of('removed member'),
    'expired session': await of('org admin', Date.now() - 1_000),
    'session with another signature': cookie(valid.endsWith('A') ? `${valid.slice(0, -1)}B` : `${valid.slice(0, -1)}A`),
    'org admin of the other organization': cookie((await mint.member('stranger', stranger)).cookie),
  }
}

async function sessionOf(
  { database, ours }: TwoOrganizations,
  userId = '',
  expiresAt = Date.now() + DAY_MS,
): Promise<Headers> {
  const mint = new SessionMint(database.kysely, SESSION_SECRET)
  const { organizationId } = ours.actor
  return cookie(await mint.session(userId, { organizationId, expiresAt }))
}

function cookie(value: string): Headers {
  return new Headers({ cookie: value, 'sec-fetch-site': 'same-origin' })
}

interface MadeKey {
  headers: Headers
  hash: string
}

async function makeKeys(world: TwoOrganizations, users: ReadonlyMap<Person, string>) {
  const { control, ours, theirs } = world
  const make = async (input: object, actor = ours.actor): Promise<MadeKey> => {
    const made = await control.invoke('createKeys', actor, { name: 'caller', ...input }, ORIGIN)
    const { key, data } = made as { key: string; data: { hash: string } }
    return { headers: bearer(key), hash: data.hash }
  }
  const workspace_id = ours.workspaceId
  const of = (person: Person) => ({ creator_user_id: users.get(person) })
  const inTeam = async (input: object) => (await make({ workspace_id, ...input })).headers
  const management = async (input: object, actor = ours.actor) =>
    (await make({ type: 'management', ...input }, actor)).headers
  const full = { type: 'standard', permissions: ['*'] }
  const scoped = { type: 'scoped', permissions: SCOPED_KEY }
  return {
    'management key': await management({}),
    "org admin's management key": await management(of('org admin')),
    "demoted admin's management key": await management(of('demoted admin')),
    'management key with a part of its work': await management({ permissions: PART_OF_MANAGEMENT }),
    'management key of the other organization': await management({}, theirs.actor),
    'full access key': await inTeam(full),
    "org admin's full access key": await inTeam({ ...full, ...of('org admin') }),
    "demoted admin's full access key": await inTeam({ ...full, ...of('demoted admin') }),
    'inference key': await inTeam({}),
    "developer's inference key": await inTeam(of('developer')),
    "viewer's inference key": await inTeam(of('viewer')),
    'ephemeral key': await inTeam({ type: 'ephemeral', ttl_seconds: 3_600, ...of('developer') }),
    "admin's team key": await inTeam({ type: 'team', ...of('admin') }),
    "developer's team key": await inTeam({ type: 'team', ...of('developer') }),
    'read-only key': await inTeam({ type: 'read_only' }),
    "developer's read-only key": await inTeam({ type: 'read_only', ...of('developer') }),
    'scoped key': await inTeam(scoped),
    "developer's scoped key": await inTeam({ ...scoped, ...of('developer') }),
    "viewer's scoped key": await inTeam({ ...scoped, ...of('viewer') }),
    "removed member's scoped key": await inTeam({ ...scoped, ...of('removed member') }),
    'unknown key': bearer(newSecretKey()),
    'management key from a forbidden address': await management({ allowed_ips: ['203.0.113.0/24'] }),
    ...(await makeDeadKeys(world, (input) => make({ type: 'management', ...input }))),
  }
}

async function makeDeadKeys({ control, database, ours }: TwoOrganizations, make: (input: object) => Promise<MadeKey>) {
  const [deleted, disabled, expired] = [await make({}), await make({}), await make({})]
  await control.invoke('deleteKeys', ours.actor, { hash: deleted.hash }, ORIGIN)
  await control.invoke('updateKeys', ours.actor, { hash: disabled.hash, disabled: true }, ORIGIN)
  await database.kysely
    .updateTable('api_key')
    .set({ expires_at: toIso(Date.now() - 1_000) })
    .where('hash', '=', expired.hash)
    .execute()
  return {
    'deleted key': deleted.headers,
    'disabled management key': disabled.headers,
    'expired management key': expired.headers,
  }
}

async function makeDirectoryTokens({ control, ours }: TwoOrganizations) {
  const make = async () => {
    const made = await control.invoke('createScimToken', ours.actor, { name: 'caller' }, ORIGIN)
    return made as { token: string; data: { id: string } }
  }
  const [token, gone] = [await make(), await make()]
  await control.invoke('deleteScimToken', ours.actor, { id: gone.data.id }, ORIGIN)
  return { 'SCIM token': bearer(token.token), 'deleted SCIM token': bearer(gone.token) }
}

function bearer(secret: string): Headers {
  return new Headers({ authorization: `Bearer ${secret}` })
}
