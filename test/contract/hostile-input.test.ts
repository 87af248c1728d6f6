import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { OPERATIONS, type OperationName, operationOf } from '../../src/contract/operations.ts'
import { HANDLERS } from '../../src/control/handlers.ts'
import type { Control, ControlParts } from '../../src/control/invoke.ts'
import { AppError } from '../../src/domain/app-error.ts'
import { INJECTIONS, schemaOf, textPaths, withValue } from './hostile-texts.ts'
import { sampleInput } from './sample-input.ts'
import { makeTwoOrganizations, ORIGIN, type TwoOrganizations } from './two-organizations.ts'

/*
 * S6 and S14 over the whole contract: no operation takes a field that it doesn't name, and no text that it takes is ever
 * part of a statement. Handlers run for real, in transactions that are rolled back.
 */

class RolledBack extends Error {}

let world: TwoOrganizations
let control: Control
beforeAll(async () => {
  world = await makeTwoOrganizations()
  const inVain = (handler: (...args: never[]) => Promise<unknown>) => {
    return async (...args: never[]) => {
      await handler(...args)
      throw new RolledBack()
    }
  }
  const handlers = Object.entries(HANDLERS).map(([name, handler]) => [name, inVain(handler as never)])
  control = world.controlWith({ handlers: Object.fromEntries(handlers) as ControlParts['handlers'] })
})
afterAll(async () => {
  await world?.close()
})

async function statusOf(name: OperationName, input: unknown): Promise<{ status: number; message: string }> {
  try {
    await control.invoke(name, world.ours.actor, input, ORIGIN)
  } catch (error) {
    if (error instanceof RolledBack) return { status: 200, message: '' }
    if (error instanceof AppError) return { status: error.status, message: error.message }
    throw error
  }
  return { status: 200, message: '' }
}

const operations = (Object.keys(OPERATIONS) as OperationName[])
  .filter((name) => name !== 'completeSetUp')
  .map((name) => [name, operationOf(name)] as const)

/** Every field that any operation takes or answers, and what a row has beside that no caller should ever set. */
const FIELDS = [
  ...new Set([
    ...operations.flatMap(([, operation]) => Object.keys(schemaOf(operation).properties ?? {})),
    ...[
      'hash',
      'organization_id',
      'role',
      'balance',
      'usage',
      'settled_nano',
      'limit_nano',
      'created_by',
      'created_at',
    ],
    ...[
      'deleted_at',
      'is_default',
      'is_bootstrap',
      'audit_hash',
      'is_admin',
      'permission',
      'actor',
      'label',
      'version',
    ],
  ]),
]

describe.each(operations)('%s', (name, operation) => {
  test('400 names every field that is not its own, also one that another operation takes', async () => {
    const own = new Set([...Object.keys(schemaOf(operation).properties ?? {}), ...(operation.ignoredFields ?? [])])
    for (const field of FIELDS.filter((candidate) => !own.has(candidate))) {
      const { status, message } = await statusOf(name, sampleInput(operation, { [field]: 'x' }))
      expect([field, status]).toEqual([field, 400])
      expect(message).toContain(field)
    }
  })

  test('no text in any of its fields changes what is asked of the database', async () => {
    for (const path of textPaths(schemaOf(operation))) {
      for (const text of INJECTIONS) {
        const { status } = await statusOf(name, withValue(sampleInput(operation, {}), path, text))
        expect([path, text, status < 500]).toEqual([path, text, true])
      }
    }
  })
})

test('after all that, nothing is gone and nothing was added', async () => {
  const { rows } = await sql<{ workspaces: number; keys: number }>`SELECT
    (SELECT count(*)::int FROM workspace) AS workspaces, (SELECT count(*)::int FROM api_key) AS keys`.execute(
    world.database.kysely,
  )
  expect(rows).toEqual([{ workspaces: 3, keys: 4 }])
})
