import { uuidV5 } from '../platform/ids.ts'
import { mayCallModel } from './allowed-models.ts'
import { type AzureDeployment, readAzureDeployments } from './azure-credential.ts'
import type { Endpoint, Model, Provider } from './catalogue.ts'
import type { SpendKind } from './spend-scopes.ts'

/*
 * Bring your own key: customers' credentials for providers. An endpoint may be used on each credential that a caller has for its
 * provider, and with the installation's own. Each such use is an endpoint like any other, with the credential in the place of
 * the installation's, so that whoever plans or sends needn't know. Source: OpenRouter docs, BYOK.
 */

/** A customer's credential for a provider. */
export interface ByokCredential {
  id: string
  /** null: of every workspace. */
  workspaceId: string | null
  /** Its slug. */
  provider: string
  /** Where it is good; null for where the provider itself is. */
  baseUrl: string | null
  /** null where it can't be opened: then nothing is sent with it, and what it keeps away stays away. */
  secret: string | null
  /** Comes after the installation's own capacity, and not before it. */
  isFallback: boolean
  /** Takes the place of the installation's capacity for the models that it is for. */
  isRequired: boolean
  /** Takes its place for every model of the provider. */
  isByokOnly: boolean
  /** Whether the provider keeps nothing of what is sent with it; null for what is known of the provider. */
  declaredZdr: boolean | null
  /** Patterns of the models that it is for; null for all. */
  allowedModels: readonly string[] | null
  /** Ids of the only keys that may use it; null for all. */
  allowedKeyIds: ReadonlySet<bigint> | null
  /** The only users whose keys may use it; null for all. */
  allowedUserIds: ReadonlySet<string> | null
}

/** What a caller may use: by the provider's slug, in the order in which they are to be tried. */
export type CallerCredentials = ReadonlyMap<string, readonly ByokCredential[]>

/** In which ways an endpoint may be used by a caller. */
export interface EndpointUses {
  /** On credentials that come before the installation's own. */
  first: readonly Endpoint[]
  /** With the installation's own; null where that is not to be used. */
  shared: Endpoint | null
  /** On those that come after it. */
  last: readonly Endpoint[]
}

/** Paid with credits, or run on the customer's own credential and only counted. */
export function spendKindOf({ byokKeyId }: Pick<Endpoint, 'byokKeyId'>): SpendKind {
  return byokKeyId === undefined ? 'credit' : 'byok'
}

/** For whom credentials are asked: a key, mostly. */
export interface CredentialCaller {
  /** Without one it has none that only certain keys may use. */
  id?: bigint
  workspaceId: string | null
  creatorUserId: string | null
}

/** The credentials among these that a key may use, by provider and in the same order; null for none. */
export function credentialsOf(all: readonly ByokCredential[], caller: CredentialCaller): CallerCredentials | null {
  const found = new Map<string, ByokCredential[]>()
  for (const credential of all) {
    if (!isFor(credential, caller)) continue
    const known = found.get(credential.provider)
    if (known === undefined) found.set(credential.provider, [credential])
    else known.push(credential)
  }
  return found.size === 0 ? null : found
}

function isFor({ allowedKeyIds, allowedUserIds, workspaceId }: ByokCredential, caller: CredentialCaller): boolean {
  if (workspaceId !== null && workspaceId !== caller.workspaceId) return false
  if (allowedKeyIds !== null && (caller.id === undefined || !allowedKeyIds.has(caller.id))) return false
  return allowedUserIds === null || (caller.creatorUserId !== null && allowedUserIds.has(caller.creatorUserId))
}

/** Each way in which a caller may use an endpoint of a model. */
export function usesOf(model: Model, endpoint: Endpoint, credentials: CallerCredentials): EndpointUses {
  const first: Endpoint[] = []
  const last: Endpoint[] = []
  let isSharedLeft = endpoint.provider.isByokOnly !== true
  for (const credential of credentials.get(endpoint.provider.slug) ?? []) {
    const isFor = isForModel(credential, model)
    if (credential.isByokOnly || (credential.isRequired && isFor)) isSharedLeft = false
    if (isFor && credential.secret !== null)
      (credential.isFallback ? last : first).push(onCredential(endpoint, credential, credential.secret))
  }
  return { first, shared: isSharedLeft ? endpoint : null, last }
}

/** Why a caller may not use an endpoint with the installation's own credential; null where it may. */
export function sharedBarrier(model: Model, endpoint: Endpoint, credentials: CallerCredentials): SharedBarrier | null {
  if (endpoint.provider.isByokOnly) return 'byok_missing'
  const own = credentials.get(endpoint.provider.slug) ?? []
  if (own.some(({ isByokOnly }) => isByokOnly)) return 'byok_only'
  return own.some((credential) => credential.isRequired && isForModel(credential, model)) ? 'byok_required' : null
}

function isForModel(credential: ByokCredential, model: Model): boolean {
  const { allowedModels } = credential
  if (allowedModels !== null && !mayCallModel(allowedModels, model)) return false
  const deployments = deploymentsOf(credential)
  return deployments === null || deployments.some(({ modelId }) => modelId === model.id)
}

const DEPLOYMENTS = new WeakMap<ByokCredential, { list: readonly AzureDeployment[] | null }>()

/** Null for a credential that is one key for all models. */
function deploymentsOf(credential: ByokCredential): readonly AzureDeployment[] | null {
  const { provider, secret } = credential
  if (provider !== AZURE || secret === null) return null
  const known = DEPLOYMENTS.get(credential) ?? { list: readAzureDeployments(secret) }
  DEPLOYMENTS.set(credential, known)
  return known.list
}

/** Of the provider whose credentials may be lists of deployments. */
export const AZURE = 'azure'

/** A credential takes the place of the installation's for the model, or for the whole provider; or only customers have one. */
export type SharedBarrier = 'byok_required' | 'byok_only' | 'byok_missing'

/** Those of the uses that are left, or undefined where none is. */
export function usesLeft(uses: EndpointUses, isLeft: (endpoint: Endpoint) => boolean): EndpointUses | undefined {
  const first = uses.first.filter(isLeft)
  const shared = uses.shared !== null && isLeft(uses.shared) ? uses.shared : null
  const last = uses.last.filter(isLeft)
  return first.length + last.length === 0 && shared === null ? undefined : { first, shared, last }
}

interface OnCredential {
  endpoints: WeakMap<Endpoint, Endpoint>
  /** Connections are found by the provider's object. */
  providers: WeakMap<Provider, Provider>
}

/** One object for each endpoint on each credential, because what is found out of an endpoint is kept by its object. */
const KNOWN = new WeakMap<ByokCredential, OnCredential>()

function onCredential(endpoint: Endpoint, credential: ByokCredential, secret: string): Endpoint {
  const known = KNOWN.get(credential) ?? { endpoints: new WeakMap(), providers: new WeakMap() }
  KNOWN.set(credential, known)
  const found = known.endpoints.get(endpoint)
  if (found !== undefined) return found
  const deployment = deploymentsOf(credential)?.find(({ modelId }) => modelId === endpoint.modelId)
  const provider =
    deployment === undefined
      ? (known.providers.get(endpoint.provider) ?? withCredential(endpoint.provider, credential, secret))
      : withDeployment(withCredential(endpoint.provider, credential, deployment.apiKey), deployment)
  if (deployment === undefined) known.providers.set(endpoint.provider, provider)
  const made = Object.freeze({
    ...endpoint,
    provider,
    ...(deployment !== undefined && { upstreamId: deployment.upstreamId }),
    byokKeyId: credential.id,
    healthId: uuidV5(credential.id, endpoint.id),
  })
  known.endpoints.set(endpoint, made)
  return made
}

/** An address of the customer's is none that the operator has named, nor is it known where data is processed there. */
function withCredential(provider: Provider, credential: ByokCredential, apiKey: string): Provider {
  const { baseUrl, declaredZdr } = credential
  const place = baseUrl === null ? {} : { baseUrl, isFromConfigFile: false, dataRegion: 'global' as const }
  return Object.freeze({ ...provider, ...place, apiKey, dataPolicy: policyOf(provider, declaredZdr) })
}

function withDeployment(provider: Provider, { apiVersion, baseUrl }: AzureDeployment): Provider {
  return Object.freeze({ ...provider, baseUrl, azure: { apiVersion }, isFromConfigFile: false, dataRegion: 'global' })
}

/** What isn't kept can't be trained on. */
function policyOf({ dataPolicy }: Provider, declaredZdr: boolean | null): Provider['dataPolicy'] {
  if (declaredZdr === null) return dataPolicy
  return declaredZdr ? { training: false, retainsPrompts: false } : { ...dataPolicy, retainsPrompts: true }
}
