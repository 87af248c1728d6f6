import { uuidV5 } from '../platform/ids.ts'
import type { Provider } from './catalogue.ts'

const NAMESPACE = '6f7a3f0e-5f1c-5c1b-9a52-0d8f6f3b7a11'

/** The same UUID for the same provider and model on every machine and at every start. Organizations don't share endpoints
 *  because they chose the same slug. */
export function endpointId({ slug, visibility }: Pick<Provider, 'slug' | 'visibility'>, modelId: string): string {
  const owner = visibility === null ? '' : `${visibility.organizationId} `
  return uuidV5(NAMESPACE, `${owner}${slug} ${modelId}`)
}
