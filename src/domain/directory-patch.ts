import type { ScimOperation, ScimUserBody } from '../contract/management/scim-directory.ts'
import { AppError } from './app-error.ts'

/*
 * What a directory says about people and groups, and its changes of it, in the forms that Entra ID (`Replace`, a path for each
 * attribute, truth as text) and Okta (`replace` with an object and no path) use.
 */

export interface DirectoryUser {
  userName: string
  externalId: string | null
  givenName: string | null
  familyName: string | null
  displayName: string | null
  email: string
  active: boolean
}

export interface DirectoryGroup {
  displayName: string
  externalId: string | null
  memberIds: ReadonlySet<string>
}

const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,255}$/
const TEXT_LENGTH_MAX = 320
const MEMBER_FILTER = /^members\[\s*value\s+eq\s+"([^"]{1,100})"\s*\]$/i

/** A failure that the directory is told of in its protocol's words. */
export function directoryFault(scimType: string, message: string): AppError {
  return new AppError('invalid_request', message, {}, { metadata: { scim_type: scimType } })
}

/** A whole user as sent. Their address is the primary one, else the first, else the name they sign in with. */
export function toDirectoryUser(body: ScimUserBody): DirectoryUser {
  const emails = body.emails ?? []
  const primary = emails.find(({ primary }) => primary === true || String(primary).toLowerCase() === 'true')
  const email = primary?.value ?? emails[0]?.value ?? body.userName
  return {
    userName: body.userName,
    externalId: body.externalId ?? null,
    givenName: body.name?.givenName ?? null,
    familyName: body.name?.familyName ?? null,
    displayName: body.displayName ?? null,
    email: requireEmail(email),
    active: body.active === undefined || body.active === null ? true : toTruth(body.active),
  }
}

/** The user after the operations. What isn't kept about users is passed over. Throws `invalid_request`. */
export function patchUser(user: DirectoryUser, operations: readonly ScimOperation[]): DirectoryUser {
  let patched = user
  for (const operation of operations) {
    const isRemoval = operation.op.toLowerCase() === 'remove'
    for (const [path, value] of targetsOf(operation)) patched = setOfUser(patched, path, isRemoval ? null : value)
  }
  return patched
}

/** The group after the operations. Throws `invalid_request`. */
export function patchGroup(group: DirectoryGroup, operations: readonly ScimOperation[]): DirectoryGroup {
  let patched = group
  for (const operation of operations) {
    for (const [path, value] of targetsOf(operation)) {
      patched = setOfGroup(patched, path, { op: operation.op.toLowerCase(), value })
    }
  }
  return patched
}

/** What an operation is about: its path, or each attribute of the object it carries without one. */
function targetsOf({ op, path, value }: ScimOperation): [string, unknown][] {
  if (path) return [[path, value]]
  if (op.toLowerCase() === 'remove') throw directoryFault('noTarget', 'path: required to remove something')
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw directoryFault('invalidValue', 'value: must be an object where there is no path')
  return Object.entries(value).flatMap(([name, item]): [string, unknown][] =>
    name === 'name' && typeof item === 'object' && item !== null
      ? Object.entries(item).map(([part, text]) => [`name.${part}`, text])
      : [[name, item]],
  )
}

function setOfUser(user: DirectoryUser, path: string, value: unknown): DirectoryUser {
  switch (attributeOf(path)) {
    case 'active':
      return { ...user, active: toTruth(value) }
    case 'username':
      return { ...user, userName: requireText(path, value) }
    case 'externalid':
      return { ...user, externalId: toText(path, value) }
    case 'displayname':
      return { ...user, displayName: toText(path, value) }
    case 'name.givenname':
      return { ...user, givenName: toText(path, value) }
    case 'name.familyname':
      return { ...user, familyName: toText(path, value) }
    case 'emails':
      return { ...user, email: requireEmail(firstValue(value)) }
    default:
      return user
  }
}

function setOfGroup(group: DirectoryGroup, path: string, change: { op: string; value: unknown }): DirectoryGroup {
  const { op, value } = change
  const named = MEMBER_FILTER.exec(path)?.[1]
  if (named !== undefined && op === 'remove') {
    return { ...group, memberIds: new Set([...group.memberIds].filter((id) => id !== named.toLowerCase())) }
  }
  switch (attributeOf(path)) {
    case 'displayname':
      return { ...group, displayName: requireText(path, op === 'remove' ? null : value) }
    case 'externalid':
      return { ...group, externalId: op === 'remove' ? null : toText(path, value) }
    case 'members':
      return { ...group, memberIds: membersAfter(group.memberIds, op, value) }
    default:
      return group
  }
}

function membersAfter(current: ReadonlySet<string>, op: string, value: unknown): ReadonlySet<string> {
  if (op === 'remove' && (value === undefined || value === null)) return new Set()
  const ids = memberIdsOf(value)
  if (op === 'replace') return new Set(ids)
  if (op === 'add') return new Set([...current, ...ids])
  return new Set([...current].filter((id) => !ids.includes(id)))
}

function memberIdsOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map((item: unknown) => {
    const id = typeof item === 'object' && item !== null && 'value' in item ? item.value : item
    if (typeof id !== 'string') throw directoryFault('invalidValue', 'members: must be objects with a value')
    return id.toLowerCase()
  })
}

/** A path without the name of the schema before it, a filter in brackets, or the case of its letters. */
function attributeOf(path: string): string {
  const attribute = path
    .replace(/^urn:ietf:params:scim:schemas:core:2\.0:(User|Group):/i, '')
    .replace(/\[[^\]]*\](\.value)?/, '')
    .toLowerCase()
  return attribute === 'emails.value' ? 'emails' : attribute
}

function firstValue(value: unknown): string {
  const [first] = Array.isArray(value) ? value : [value]
  const text: unknown = typeof first === 'object' && first !== null && 'value' in first ? first.value : first
  return typeof text === 'string' ? text : ''
}

function toTruth(value: unknown): boolean {
  const text = String(value).toLowerCase()
  if (text === 'true' || text === 'false') return text === 'true'
  throw directoryFault('invalidValue', 'active: must be true or false')
}

function toText(path: string, value: unknown): string | null {
  if (value === null || value === undefined || value === '') return null
  if (typeof value === 'string' && value.length <= TEXT_LENGTH_MAX) return value
  throw directoryFault('invalidValue', `${path}: must be a text of at most ${TEXT_LENGTH_MAX} characters`)
}

function requireText(path: string, value: unknown): string {
  const text = toText(path, value)
  if (text === null) throw directoryFault('invalidValue', `${path}: required`)
  return text
}

function requireEmail(text: string): string {
  if (EMAIL.test(text)) return text
  throw directoryFault('invalidValue', 'emails: an e-mail address is required, here or as userName')
}
