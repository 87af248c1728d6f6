import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toRequest } from '../../src/contract/client.ts'
import {
  MEMBER_PERMISSIONS,
  ORGANIZATION_PERMISSIONS,
  WORKSPACE_PERMISSIONS,
} from '../../src/contract/common/permissions.ts'
import { mcpTools } from '../../src/contract/mcp-tools.ts'
import { type Operation, pathKeys } from '../../src/contract/operation.ts'
import { API_OPERATIONS, OPERATIONS, type OperationName, operationOf } from '../../src/contract/operations.ts'
import { callAsKey } from './mcp-surface.ts'
import { type Column, type ColumnName, columns } from './permission-columns.ts'
import { type Expected, expected } from './permission-expectation.ts'
import { PLACES, type Place } from './permission-places.ts'
import { MEMBER_TABLE, OPERATION_ROWS, ORGANIZATION_TABLE, ROLE_TABLE, type Row } from './permission-rows.ts'
import { type PermissionServer, REACHED, serveInVain } from './permission-server.ts'
import { makeWorld, type World } from './permission-world.ts'
import { sampleInput } from './sample-input.ts'

/*
 * S5: each operation, asked over each surface by each kind of caller for a thing in each kind of place, is answered as the table
 * says. The table is written down in `permission-rows.ts` and `permission-columns.ts`; callers are told by real keys, cookies and
 * tokens. Handlers run for real, in transactions that are rolled back.
 */

interface Case {
  column: ColumnName
  place: Place | 'malformed' | 'no place'
  input: Record<string, unknown>
  wanted: Expected
}

type Outcome = Expected | number
type Ask = (name: OperationName, column: ColumnName, input: Record<string, unknown>) => Promise<Outcome>

const toolOf = new Map(mcpTools().map(({ name, operation }) => [operation, name]))
let world: World
let server: PermissionServer

beforeAll(async () => {
  world = await makeWorld()
  server = await serveInVain(world)
})
afterAll(async () => {
  await server?.close()
  await world?.close()
})

const guarded = (Object.keys(OPERATIONS) as OperationName[]).flatMap((name) => {
  const row = OPERATION_ROWS[name]
  return row.kind === 'public' ? [] : [{ name, row, operation: operationOf(name) }]
})

describe.each(guarded)('S5 $name', ({ name, row, operation }) => {
  test('REST answers everybody, wherever the thing lies, as the table says', async () => {
    const cases = columns.flatMap((column) => casesOf(name, row, column))
    expect(cases.length).toBeGreaterThanOrEqual(columns.length)
    await expectAsWanted(cases, (column, input) => overHttp(name, column, input))
  })

  test.skipIf(operation.protocol !== undefined)('MCP answers every bearer the same', async () => {
    const bearers = columns.filter(([, { by }]) => by === 'key' || by === 'management key')
    const cases = bearers.flatMap((column) => casesOf(name, row, column))
    await expectAsWanted(cases, (column, input) => overMcp(name, column, input))
  })
})

test('S5: what is public is answered to everybody as to nobody, but for a key that opens nothing', async () => {
  for (const name of API_OPERATIONS.filter((operation) => OPERATION_ROWS[operation].kind === 'public')) {
    const input = sampleInput(operationOf(name), {})
    const toNobody = await overHttp(name, 'nobody', input)
    for (const [column, { by, refused }] of columns) {
      const isDeadKey = refused !== undefined && by !== 'session' && by !== 'nothing'
      const wanted = by === 'scim token' ? 401 : isDeadKey ? refused : toNobody
      expect([name, column, await overHttp(name, column, input)]).toEqual([name, column, wanted])
    }
  }
})

test('S5: who has no key to bear gets 401 from MCP, whatever else they have', async () => {
  for (const [column, { by }] of columns) {
    if (by === 'key' || by === 'management key') continue
    const headers = new Headers(world.credentials[column])
    headers.set('content-type', 'application/json')
    headers.set('accept', 'application/json, text/event-stream')
    const body = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
    const { status } = await fetch(`${server.url}/mcp`, { method: 'POST', headers, body })
    expect([column, status]).toEqual([column, 401])
  }
})

test('S5: every operation that names something in its path is asked for it in each place', () => {
  const blind = guarded.filter(
    ({ name, operation }) => pathKeys(operation.path).length > 0 && world.targetOf(name, operation) === undefined,
  )
  expect(blind.map(({ name }) => name)).toEqual([])
})

test('S5: the contract names the permissions that this table names, and gives roles what it gives them', () => {
  const named = (row: Row) => (row.kind === 'guarded' || row.kind === 'scim' ? row.permission : row.kind)
  for (const [name, row] of Object.entries(OPERATION_ROWS)) {
    const { permission } = operationOf(name as OperationName)
    expect([name, permission === 'any-key' ? named(row) : permission]).toEqual([name, named(row)])
  }
  expect(WORKSPACE_PERMISSIONS).toEqual(ROLE_TABLE)
  expect([...ORGANIZATION_PERMISSIONS].toSorted()).toEqual([...ORGANIZATION_TABLE, ...MEMBER_TABLE].toSorted())
  expect(MEMBER_PERMISSIONS).toEqual(MEMBER_TABLE)
})

test('S5: nothing of all that was an error of ours', () => {
  expect(server.takeBugs()).toEqual([])
})

/** What somebody asks of an operation: for a thing in each place, or, where it names none, just so. */
function casesOf(
  name: OperationName,
  row: Exclude<Row, { kind: 'public' }>,
  [column, about]: [ColumnName, Column],
): Case[] {
  const operation = operationOf(name)
  const target = world.targetOf(name, operation)
  const caseAt = (place: Case['place'], given: Record<string, string>): Case => ({
    column,
    place,
    input: sampleInput(operation, given),
    wanted: expected(row, about, place === 'malformed' ? 'unknown' : place),
  })
  if (target === undefined) return [caseAt('no place', {})]
  const cases = ([...PLACES, 'malformed'] as const).flatMap((place) => {
    const given = target(place, about.person)
    return given === undefined ? [] : [caseAt(place, given)]
  })
  // Who is refused before anything is looked at needn't be asked about every place.
  if (cases.every(({ wanted }) => wanted === cases[0]?.wanted && wanted !== 'allowed')) return cases.slice(0, 1)
  return cases.filter((one, at) => !cases.slice(0, at).some((earlier) => isSame(one.input, earlier.input)))
}

function isSame(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

async function expectAsWanted(
  cases: readonly Case[],
  ask: (column: ColumnName, input: Record<string, unknown>) => Promise<Outcome>,
): Promise<void> {
  const faults: unknown[] = []
  for (const { column, place, input, wanted } of cases) {
    const answer = await ask(column, input)
    if (answer !== wanted) faults.push({ column, place, wanted, answer })
  }
  expect(faults).toEqual([])
}

const overHttp: Ask = async (name, column, input) => {
  const operation = operationOf(name)
  const { path, method, body, headers } = requestOf(operation, input)
  const all = new Headers(headers)
  for (const [key, value] of world.credentials[column]) all.set(key, value)
  const response = await fetch(server.url + path, { method, headers: all, body: body ?? null })
  return toOutcome(name, response.status, await response.text())
}

const overMcp: Ask = async (name, column, input) => {
  const key = (world.credentials[column].get('authorization') ?? '').slice('Bearer '.length)
  const { status, body } = await callAsKey({ url: server.url, key }, toolOf.get(name) ?? '', input)
  return toOutcome(name, status ?? 200, JSON.stringify(body))
}

function requestOf(operation: Operation, input: Record<string, unknown>) {
  const request = toRequest(operation, input)
  if (operation.protocol === undefined || request.body === undefined) return request
  const { user, group, operations } = JSON.parse(request.body) as Record<string, unknown>
  return { ...request, body: JSON.stringify(user ?? group ?? { Operations: operations }) }
}

/** Being refused for what is asked, and not for who asks, is being let in. */
function toOutcome(name: OperationName, status: number, text: string): Outcome {
  const hasReached = server.takeReached()
  if (status === 401 || status === 403 || status === 404) return status
  if (status === 400 && !hasReached) throw new Error(`the sample input of ${name} is refused: ${text}`)
  return status < 500 && (hasReached || text.includes(REACHED) || operationOf(name).reads === 'memory')
    ? 'allowed'
    : status
}
