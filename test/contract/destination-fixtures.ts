import { DESTINATION_DELIVERY_OPERATIONS } from '../../src/contract/management/destination-delivery.ts'
import { DESTINATION_OPERATIONS, type DestinationWire } from '../../src/contract/management/destinations.ts'
import type { RequestOf } from '../../src/contract/operation.ts'
import { DESTINATION_CONFIG_SAMPLES } from '../harness/destination-configs.ts'
import { call } from './request.ts'

export const DESTINATIONS = '/api/v1/observability/destinations'
export const {
  createObservabilityDestination,
  deleteObservabilityDestination,
  getObservabilityDestination,
  listObservabilityDestinations,
  updateObservabilityDestination,
} = DESTINATION_OPERATIONS

export const {
  deleteObservabilityDeadLetters,
  getObservabilityDelivery,
  listObservabilityDeadLetters,
  replayObservabilityDeadLetters,
  testObservabilityDestination,
} = DESTINATION_DELIVERY_OPERATIONS

export async function newDestination(
  fields: Partial<RequestOf<typeof createObservabilityDestination>> = {},
): Promise<DestinationWire> {
  const { data } = await call(createObservabilityDestination, {
    type: 'webhook',
    name: 'hook',
    config: DESTINATION_CONFIG_SAMPLES.webhook,
    ...fields,
  })
  return data
}
