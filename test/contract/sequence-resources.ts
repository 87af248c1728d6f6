import { jsonSchemaOf } from '../../src/contract/openapi.ts'
import { pathKeys } from '../../src/contract/operation.ts'
import { API_OPERATIONS, type OperationName, operationOf } from '../../src/contract/operations.ts'
import { type JsonSchema, sampleInput } from './sample-input.ts'

/*
 * What can be made and deleted again, as the contract tells it: where a path has a POST and, with one more key, a DELETE. A new
 * resource of this form takes part in the sequences without being named here.
 */

export interface Resource {
  /** Of the collection. */
  path: string
  /** The key that names one in the path, and in what its creation answers. */
  key: string
  /** The path's key for the workspace that it lies in; undefined for what is created with a field for it, or in none. */
  parentKey: string | undefined
  /** It takes the workspace as a field. */
  takesWorkspace: boolean
  create: OperationName
  list: OperationName
  get: OperationName | undefined
  update: OperationName | undefined
  delete: OperationName
  /** What else begins with the path of one. */
  more: readonly OperationName[]
}

/** Its end is a state of its own, in which it is still seen: `invitation-sequences.test.ts` has its rules. */
const OTHERWISE: ReadonlySet<OperationName> = new Set(['deleteInvitation'])

/** A workspace that goes leaves these behind, switched off. */
export const OUTLIVES_WORKSPACE: ReadonlySet<OperationName> = new Set(['createObservabilityDestination'])

/** What a creation needs that its schema alone doesn't tell; the rest is the smallest that the schema lets pass. */
const BESIDE: Readonly<Partial<Record<OperationName, object>>> = {
  createBYOKKey: { key: 'sk-0123456789abcdef' },
  createObservabilityDestination: { type: 'webhook', config: { url: 'https://hook.example.test' } },
  createCustomProvider: {
    base_url: 'https://llm.example.test/v1',
    models: [{ id: 'sample/model', context_length: 8_000, free: true }],
  },
}

const named = Object.fromEntries(
  API_OPERATIONS.map((name) => [`${operationOf(name).method} ${operationOf(name).path}`, name]),
)

export const RESOURCES: readonly Resource[] = API_OPERATIONS.flatMap((name) => {
  const { method, path } = operationOf(name)
  const [, collection = '', key = ''] = /^(.*)\/\{(\w+)\}$/.exec(path) ?? []
  const [create, list] = [named[`POST ${collection}`], named[`GET ${collection}`]]
  if (method !== 'DELETE' || create === undefined || list === undefined || OTHERWISE.has(name)) return []
  const get = named[`GET ${path}`]
  const update = named[`PATCH ${path}`]
  const more = API_OPERATIONS.filter((other) => operationOf(other).path.startsWith(`${path}/`))
  const takesWorkspace = takes(create, 'workspace_id')
  return [
    {
      path: collection,
      key,
      parentKey: pathKeys(collection)[0],
      takesWorkspace,
      create,
      list,
      get,
      update,
      delete: name,
      more,
    },
  ]
})

/** Resources whose names begin alike are told apart by the whole path. */
export const WORKSPACES = resourceAt('/api/v1/workspaces')
export const REVIVING: ReadonlySet<OperationName> = new Set(['rotateKeys'])
/** They change what was delivered in vain. Here nothing is, so they find nothing, which is no change. */
export const FINDING_NOTHING: ReadonlySet<OperationName> = new Set([
  'replayObservabilityDeadLetters',
  'deleteObservabilityDeadLetters',
])

export function takes(name: OperationName, field: string): boolean {
  return field in propertiesOf(name)
}

/** As many as one page of a list takes. */
export function largestPage(name: OperationName): { limit?: number } {
  const { limit } = propertiesOf(name)
  if (limit === undefined) return {}
  const maximum = [limit, ...(limit.anyOf ?? [])].flatMap((schema) => schema.maximum ?? [])
  return { limit: Math.min(100, ...maximum) }
}

/** An input that creates one, the `nth` of all, so that no two have a name in common. */
export function newInput(resource: Resource, nth: number): Record<string, unknown> {
  const all = { name: `name ${nth}`, slug: `s-${nth}`, phrase: `phrase ${nth}` }
  const own = Object.fromEntries(Object.entries(all).filter(([field]) => takes(resource.create, field)))
  return sampleInput(operationOf(resource.create), { ...own, ...BESIDE[resource.create] })
}

/** An input that means the thing of this id, with as little else as possible; `changes` gives it another name. */
export function inputFor(name: OperationName, keys: Readonly<Record<string, string>>, changes?: string) {
  const rename = changes !== undefined && takes(name, 'name') ? { name: changes } : {}
  return sampleInput(operationOf(name), { ...rename, ...keys })
}

function resourceAt(path: string): Resource {
  const found = RESOURCES.find((resource) => resource.path === path)
  if (found === undefined) throw new Error(`the contract has nothing that is made and deleted at ${path}`)
  return found
}

function propertiesOf(name: OperationName): Record<string, JsonSchema> {
  return (jsonSchemaOf(operationOf(name).input, 'input') as JsonSchema).properties ?? {}
}
