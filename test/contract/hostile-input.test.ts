import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { jsonSchemaOf } from '../../src/contract/openapi.ts'
import type { Operation } from '../../src/contract/operation.ts'
import { OPERATIONS, type OperationName } from '../../src/contract/operations.ts'
import { HANDLERS } from '../../src/control/handlers.ts'
import type { Control, ControlParts } from '../../src/control/invoke.ts'
import { AppError } from '../../src/domain/app-error.ts'
import { type JsonSchema, sampleInput } from './sample-input.ts'
import { makeTwoOrganizations, ORIGIN, type TwoOrganizations } from './two-organizations.ts'

/*
 * S6 and S14 over the whole contract: no operation takes a field that it doesn't name, and no text that it takes is ever
 * part of a statement. Handlers run for real, in transactions that are rolled back.
 */

const INJECTIONS = [
  `'; DROP TABLE workspace; --`,
  `" OR ""="`,
  `' OR '1'='1`,
  `x' UNION SELECT hash FROM api_key --`,
  `\\'; SELECT pg_sleep(10); --`,
  `$1); DELETE FROM api_key; --`,
  `%27%20OR%201=1`,
  `{"$gt": ""}`,
  `\u2019 OR 1=1`,
  `/*!50000 OR*/ 1=1`,
]

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
  .map((name) => [name, OPERATIONS[name] as Operation] as const)

function schemaOf(operation: Operation): JsonSchema {
  return jsonSchemaOf(operation.input, 'input') as JsonSchema
}

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

/** The paths of all texts in an input, those of optional fields included. */
function textPaths(schema: JsonSchema, path: readonly string[] = []): string[][] {
  const options = schema.anyOf ?? schema.oneOf
  if (options) return options.flatMap((option) => textPaths(option, path))
  const types = [schema.type ?? []].flat()
  if (types.includes('string') && schema.enum === undefined) return [[...path]]
  if (types.includes('object'))
    return Object.entries(schema.properties ?? {}).flatMap(([key, item]) => textPaths(item, [...path, key]))
  if (types.includes('array') && schema.items) return textPaths(schema.items, [...path, '0'])
  return []
}

/** `input` with one value at a path, making what is missing on the way. */
function withValue(input: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value
  if (key === '0') return [withValue(Array.isArray(input) ? input[0] : undefined, rest, value)]
  const fields = typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : {}
  return { ...fields, [key]: withValue(fields[key], rest, value) }
}

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
  expect(rows).toEqual([{ workspaces: 3, keys: 2 }])
})
