import { BYOK_OPERATIONS, type ByokKeyWire } from '../../src/contract/management/byok.ts'
import type { RequestOf } from '../../src/contract/operation.ts'
import { call } from './request.ts'

export const PROVIDER_SECRET = 'sk-proj-0123456789abcdefAbCd'

export async function newByokKey(
  fields: Partial<RequestOf<typeof BYOK_OPERATIONS.createBYOKKey>> = {},
): Promise<ByokKeyWire> {
  const { data } = await call(BYOK_OPERATIONS.createBYOKKey, { provider: 'openai', key: PROVIDER_SECRET, ...fields })
  return data
}
