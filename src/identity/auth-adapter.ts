import { type CustomAdapter, createAdapterFactory } from 'better-auth/adapters'
import {
  type Condition,
  countIdentityRows,
  deleteIdentityRows,
  findIdentityRows,
  type IdentityTable,
  incrementIdentityRow,
  insertIdentityRow,
  updateIdentityRows,
} from '../store/identity-rows.ts'
import type { Db } from '../store/schema.ts'

type CleanedWhere = Parameters<CustomAdapter['findOne']>[0]['where'][number]

const ROWS_MAX = 1_000
const OPERATORS: ReadonlySet<string> = new Set(['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'not_in'])

/** better-auth's way to our tables: it writes instants as ISO text, and reads them as epoch milliseconds. */
export function identityAdapter(db: Db): ReturnType<typeof createAdapterFactory> {
  return createAdapterFactory({
    config: {
      adapterId: 'switchyard',
      adapterName: 'Switchyard',
      supportsDates: false,
      supportsBooleans: true,
      supportsJSON: false,
      supportsNumericIds: false,
      transaction: false,
      customTransformOutput: ({ data, fieldAttributes }) =>
        fieldAttributes.type === 'date' && typeof data === 'number' ? new Date(data) : data,
    },
    adapter: ({ getFieldName }) => ({
      create: async ({ model, data }) => (await insertIdentityRow(db, tableOf(model), data)) as typeof data,
      findOne: async <T>({ model, where }: Search) => {
        const [row] = await findIdentityRows(db, tableOf(model), conditionsOf(where), { limit: 1 })
        return (row ?? null) as T | null
      },
      findMany: async <T>({ model, where, limit, offset, sortBy }: ManySearch) => {
        const page = {
          limit: Math.min(limit, ROWS_MAX),
          ...(offset !== undefined && { offset }),
          ...(sortBy !== undefined && {
            order: { column: getFieldName({ model, field: sortBy.field }), direction: sortBy.direction },
          }),
        }
        return (await findIdentityRows(db, tableOf(model), conditionsOf(where), page)) as T[]
      },
      update: async <T>({ model, where, update }: { model: string; where: CleanedWhere[]; update: T }) => {
        const [row] = await updateIdentityRows(db, tableOf(model), someOf(where), update as Record<string, unknown>)
        return (row ?? null) as T | null
      },
      updateMany: async ({ model, where, update }) =>
        (await updateIdentityRows(db, tableOf(model), someOf(where), update)).length,
      delete: async ({ model, where }) => {
        await deleteIdentityRows(db, tableOf(model), someOf(where))
      },
      deleteMany: async ({ model, where }) => (await deleteIdentityRows(db, tableOf(model), someOf(where))).length,
      count: async ({ model, where }) => await countIdentityRows(db, tableOf(model), conditionsOf(where)),
      consumeOne: async <T>({ model, where }: Search) => {
        const [row] = await deleteIdentityRows(db, tableOf(model), someOf(where))
        return (row ?? null) as T | null
      },
      incrementOne: async <T>({ model, where, increment, set }: Increment) => {
        const change = { increments: increment, values: set ?? {} }
        return ((await incrementIdentityRow(db, tableOf(model), someOf(where), change)) ?? null) as T | null
      },
    }),
  })
}

interface Search {
  model: string
  where: CleanedWhere[]
}

interface ManySearch extends Omit<Search, 'where'> {
  where?: CleanedWhere[] | undefined
  limit: number
  offset?: number | undefined
  sortBy?: { field: string; direction: 'asc' | 'desc' } | undefined
}

interface Increment extends Search {
  increment: Record<string, number>
  set?: Record<string, unknown> | undefined
}

function tableOf(model: string): IdentityTable {
  return model as IdentityTable
}

/** Nothing is changed or deleted without a condition. */
function someOf(where: readonly CleanedWhere[]): Condition[] {
  if (where.length === 0) throw new Error('a change of rows needs a condition')
  return conditionsOf(where)
}

function conditionsOf(where: readonly CleanedWhere[] = []): Condition[] {
  return where.map(({ connector, field, operator = 'eq', value }, index) => {
    if (connector === 'OR' && index > 0) throw new Error('conditions are joined by AND here')
    if (!OPERATORS.has(operator)) throw new Error(`rows cannot be looked for by ${operator} here`)
    return { column: field, operator: operator as Condition['operator'], value }
  })
}
