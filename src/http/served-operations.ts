import { API_OPERATIONS, type OperationName } from '../contract/operations.ts'
import type { ProcessRole } from '../domain/process-role.ts'
import { placeAt } from '../gateway/protocol-at.ts'

/** What callers of models ask beside models: those that a process of the role `gateway` serves too. */
const OF_GATEWAYS: ReadonlySet<OperationName> = new Set<OperationName>([
  'countModels',
  'getCurrentKey',
  'getModel',
  'listEmbeddingsModels',
  'listEndpoints',
  'listEndpointsZdr',
  'listModels',
  'listProviders',
  'listUserModels',
])

export function operationsOf(role: ProcessRole): readonly OperationName[] {
  return role === 'gateway' ? API_OPERATIONS.filter((name) => OF_GATEWAYS.has(name)) : API_OPERATIONS
}

/** Who looks for a thing at a process that doesn't serve it has a way through to the wrong one. */
export function notHere(role: ProcessRole, url: string): string {
  if (role === 'gateway') return 'Resource not found; this process serves models only (SWITCHYARD_ROLE=gateway)'
  const isOfModels = role === 'control' && placeAt(url) !== undefined
  return isOfModels ? 'This process does not serve models (SWITCHYARD_ROLE=control)' : 'Resource not found'
}
