import { type Operation, pathKeys } from '../../src/contract/operation.ts'
import { OPERATIONS } from '../../src/contract/operations.ts'

/** What paths of the operation look like, with a group for each key that stands in them. */
export function pathPattern({ path }: Operation): RegExp {
  return new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '([^/]+)')}$`)
}

const routes = Object.values(OPERATIONS)
  .map((operation: Operation) => ({ operation, pattern: pathPattern(operation) }))
  .sort((one, other) => pathKeys(one.operation.path).length - pathKeys(other.operation.path).length)

/** The operation that a request means, as the router would find it; `pathname` without query. */
export function findOperation(method: string, pathname: string): Operation | undefined {
  const path = pathname.replace(/(?<=.)\/$/, '')
  return routes.find(({ operation, pattern }) => operation.method === method && pattern.test(path))?.operation
}
