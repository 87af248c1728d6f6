import type { ChatRequest } from '../../dialects/chat-request.ts'
import { AppError } from '../../domain/app-error.ts'
import type { Endpoint } from '../../domain/catalogue.ts'
import { dialectOf } from '../inference.ts'

/**
 * The endpoints that understand all of a request: where it has something in it that only its own format has words for, those of
 * providers of that format. Content filters read the translation, so that such a request can't pass them. Throws
 * `invalid_request` naming the field.
 */
export function requireTranslatable(
  { nativeOnly, payload }: ChatRequest,
  endpoints: readonly Endpoint[],
  isFiltered: boolean,
): readonly Endpoint[] {
  if (nativeOnly === null) return endpoints
  if (isFiltered)
    throw new AppError('invalid_request', `${nativeOnly}: can't be checked by the content filters in force`)
  const left = endpoints.filter(({ provider }) => provider.dialect === payload.native?.dialect)
  if (left.length > 0) return left
  throw new AppError('invalid_request', `${nativeOnly}: no provider of the model takes this`)
}

/** Whether an endpoint can be asked for it, as far as formats go; null where each can. */
export function askableAt({ nativeOnly, payload }: ChatRequest): ((endpoint: Endpoint) => boolean) | null {
  const { kind, native } = payload
  if (kind !== 'chat') return (endpoint) => dialectOf(endpoint).abilities.kinds.includes(kind)
  return nativeOnly === null ? null : ({ provider }) => provider.dialect === native?.dialect
}
