import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MEMBER_PERMISSIONS, type Permission, WORKSPACE_PERMISSIONS } from '../../src/contract/common/permissions.ts'
import { type Operation, pathKeys } from '../../src/contract/operation.ts'
import { OPERATIONS, type OperationName } from '../../src/contract/operations.ts'
import { HANDLERS } from '../../src/control/handlers.ts'
import type { Control, ControlParts } from '../../src/control/invoke.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { AppError } from '../../src/domain/app-error.ts'
import { PLACES, type Place, ROLES, type Role } from './permission-places.ts'
import { makeWorld, type World } from './permission-world.ts'
import { sampleInput } from './sample-input.ts'
import { ORIGIN } from './two-organizations.ts'

/*
 * S5: each operation, asked by each kind of actor for a thing in each kind of place, is answered as the table of permissions
 * says. What is expected is worked out here from the bare table, not by the code that checks. Handlers run for real, in
 * transactions that are rolled back.
 */

/** A workspace's member may have the permission there; these tell of the organization as a whole. */
const OF_THE_WHOLE_ORGANIZATION: ReadonlySet<OperationName> = new Set([
  'createInvitation',
  'bulkCreateInvitations',
  'getCredits',
])

/** They need the permission for everything in the workspace: what they change is nobody's own. */
const OF_THE_WHOLE_WORKSPACE: ReadonlySet<string> = new Set([
  'upsertWorkspaceBudget',
  'deleteWorkspaceBudget',
  'createProject',
  'updateProject',
  'deleteProject',
  'upsertProjectBudget',
  'deleteProjectBudget',
])

/** To them a deleted thing is as one of nobody's. */
const REVIVING: ReadonlySet<string> = new Set(['rotateKeys'])

class Allowed extends Error {}

let world: World
let control: Control
let hasReached = false

beforeAll(async () => {
  world = await makeWorld()
  const handlers = Object.fromEntries(
    Object.entries(HANDLERS).map(([name, handler]) => [
      name,
      observed(handler as (...args: never[]) => Promise<unknown>),
    ]),
  )
  control = world.controlWith({ handlers: handlers as unknown as ControlParts['handlers'] })
})
afterAll(async () => {
  await world?.close()
})

/** Notes that the handler was reached and never lets what it did be committed. */
function observed(handler: (...args: never[]) => Promise<unknown>) {
  return async (...args: never[]) => {
    hasReached = true
    await handler(...args)
    throw new Allowed()
  }
}

/** How far the table lets a role reach in a workspace: the one it is a member of, or Default, of which everybody is. */
function reachOf(role: Role, permission: Permission, workspace: 'own' | 'default' | 'other'): 'ws' | 'own' | '-' {
  if (role === 'org admin') return 'ws'
  if (role === 'management key') return permission === 'inference' ? '-' : 'ws'
  if (role === 'removed member' || role === 'inference key') return '-'
  if (!(permission in WORKSPACE_PERMISSIONS)) return '-'
  const columns = WORKSPACE_PERMISSIONS[permission as keyof typeof WORKSPACE_PERMISSIONS]
  if (workspace === 'default') return columns.developer
  if (workspace === 'other' || role === 'member elsewhere') return '-'
  return columns[role]
}

function isOrganizationWide(role: Role): boolean {
  return role === 'org admin' || role === 'management key'
}

function hasAnywhere(role: Role, permission: Permission): boolean {
  if (isOrganizationWide(role)) return reachOf(role, permission, 'own') === 'ws'
  if (role === 'removed member' || role === 'inference key') return false
  if ((MEMBER_PERMISSIONS as readonly Permission[]).includes(permission)) return true
  return (['own', 'default'] as const).some((workspace) => reachOf(role, permission, workspace) !== '-')
}

function readPermissionOf(permission: Permission): Permission {
  const read = `${permission.split(':')[0]}:read` as Permission
  return read in WORKSPACE_PERMISSIONS ? read : 'workspace:read'
}

/** The status of a refusal, or `allowed`, which includes being refused for what is asked and not for who asks. */
function expected(operation: Operation, role: Role, asked: Place): number | 'allowed' {
  const place = asked === 'deleted' && REVIVING.has(operation.id) ? 'colleague' : asked
  const permission = operation.permission as Permission
  if (!hasAnywhere(role, permission)) return 403
  if (place === 'other organization' || place === 'deleted' || place === 'unknown') return 404
  if (isOrganizationWide(role)) return 'allowed'
  if (place === 'sibling workspace') return 404
  const isReached = (wanted: Permission) => {
    const reach = reachOf(role, wanted, 'own')
    return reach === 'ws' || (reach === 'own' && place === 'own' && !OF_THE_WHOLE_WORKSPACE.has(operation.id))
  }
  if (isReached(permission)) return 'allowed'
  return isReached(readPermissionOf(permission)) ? 403 : 404
}

async function outcome(name: OperationName, actor: Actor, input: unknown): Promise<number | 'allowed'> {
  hasReached = false
  try {
    await control.invoke(name, actor, input, ORIGIN)
    return 'allowed'
  } catch (error) {
    if (error instanceof Allowed) return 'allowed'
    if (!(error instanceof AppError)) throw error
    if (error.status === 400 && !hasReached) throw new Error(`the sample input of ${name} is refused: ${error.message}`)
    return error.status === 401 || error.status === 403 || error.status === 404 ? error.status : 'allowed'
  }
}

const operations = (Object.keys(OPERATIONS) as OperationName[]).map(
  (name) => [name, OPERATIONS[name] as Operation] as const,
)
const guarded = operations.filter(([, { permission }]) => permission !== 'public' && permission !== 'any-key')

describe.each(guarded)('%s', (name, operation) => {
  test('401 for nobody', async () => {
    expect(await outcome(name, { kind: 'anonymous' }, sampleInput(operation, {}))).toBe(401)
  })

  test.each(ROLES)('as the table says for a %s', async (role) => {
    const cases = casesOf(name, operation, role)
    const answers: unknown[] = []
    for (const { place, given } of cases) {
      answers.push([place, await outcome(name, world.actors[role], sampleInput(operation, given))])
    }
    expect(answers).toEqual(cases.map(({ place, wanted }) => [place, wanted]))
    expect(answers.length).toBeGreaterThan(0)
  })
})

interface Case {
  place: Place | 'no place'
  given: Record<string, string>
  wanted: number | 'allowed'
}

/** What a role asks of an operation: for a thing in each place, or, where it names none, just so. */
function casesOf(name: OperationName, operation: Operation, role: Role): Case[] {
  const target = world.targetOf(name, operation)
  if (target !== undefined) {
    return PLACES.flatMap((place) => {
      const given = target(place, role)
      return given === undefined ? [] : [{ place, given, wanted: expected(operation, role, place) }]
    })
  }
  const mayAsk = hasAnywhere(role, operation.permission as Permission)
  const isAllowed = mayAsk && (isOrganizationWide(role) || !OF_THE_WHOLE_ORGANIZATION.has(name))
  return [{ place: 'no place', given: {}, wanted: isAllowed ? 'allowed' : 403 }]
}

test('every operation that names something in its path is asked for it in each place', () => {
  const blind = guarded.filter(
    ([name, operation]) => pathKeys(operation.path).length > 0 && world.targetOf(name, operation) === undefined,
  )
  expect(blind.map(([name]) => name)).toEqual([])
})
