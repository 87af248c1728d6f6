import type { Endpoint } from '../domain/catalogue.ts'

/** Where a request goes at OpenAI's models on Azure. Below an address that ends in `/openai` deployments are part of the path,
 *  unless `isByModel`; elsewhere the request names them. */
export function azurePath({ provider, upstreamId }: Endpoint, path: string, isByModel = false): string {
  const version = provider.azure?.apiVersion ?? null
  const isInPath = !isByModel && provider.baseUrl.endsWith('/openai')
  const deployment = isInPath ? `/deployments/${encodeURIComponent(upstreamId)}` : ''
  return `${deployment}${path}${version === null ? '' : `?api-version=${version}`}`
}

/** The credential in the header that the provider reads. */
export function authorizationOf({ apiKey, azure }: Endpoint['provider']): Record<string, string> {
  if (apiKey === null) return {}
  return azure === undefined ? { authorization: `Bearer ${apiKey}` } : { 'api-key': apiKey }
}
