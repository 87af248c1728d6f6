import { uuidV5 } from '../platform/ids.ts'

const NAMESPACE = '6f7a3f0e-5f1c-5c1b-9a52-0d8f6f3b7a11'

/** The same UUID for the same provider and model on every machine and at every start. */
export function endpointId(providerSlug: string, modelId: string): string {
  return uuidV5(NAMESPACE, `${providerSlug} ${modelId}`)
}
