import type { ChatRequest } from '../../dialects/chat-request.ts'
import { AppError } from '../../domain/app-error.ts'
import type { Endpoint } from '../../domain/catalogue.ts'
import { usualOf } from '../../domain/routing/service-tiers.ts'
import { dialectOf } from '../inference.ts'

/**
 * The endpoints that understand all of a request: where it has something in it that only its own format has words for, those of
 * providers of that format; and where it wants speed, those that have a price for it. Content filters read the translation, so that
 * such a request can't pass them. Throws `invalid_request` naming the field.
 */
export function requireTranslatable(
  request: ChatRequest,
  endpoints: readonly Endpoint[],
  isFiltered: boolean,
): readonly Endpoint[] {
  const { isFast, nativeOnly } = request
  const left = isFast ? endpoints.filter((endpoint) => hasPricedSpeed(request, endpoint)) : endpoints
  if (left.length === 0) throw new AppError('invalid_request', 'speed: no provider of the model has a price for it')
  if (nativeOnly === null) return left
  if (isFiltered)
    throw new AppError('invalid_request', `${nativeOnly}: can't be checked by the content filters in force`)
  const speakers = left.filter((endpoint) => speaksFormat(request, endpoint))
  if (speakers.length > 0) return speakers
  throw new AppError('invalid_request', `${nativeOnly}: no provider of the model takes this`)
}

/** Whether an endpoint can be asked for it, as far as formats go; null where each can. */
export function askableAt(request: ChatRequest): ((endpoint: Endpoint) => boolean) | null {
  const { isFast, nativeOnly } = request
  const { kind } = request.payload
  if (kind !== 'chat') return (endpoint) => dialectOf(endpoint).abilities.kinds.includes(kind)
  if (isFast) return (endpoint) => hasPricedSpeed(request, endpoint)
  return nativeOnly === null ? null : (endpoint) => speaksFormat(request, endpoint)
}

function speaksFormat({ payload }: ChatRequest, { provider }: Endpoint): boolean {
  return provider.dialect === payload.native?.dialect
}

function hasPricedSpeed(request: ChatRequest, endpoint: Endpoint): boolean {
  return speaksFormat(request, endpoint) && usualOf(endpoint).prices.tiers?.priority !== undefined
}
