import { z } from 'zod'
import { Offset, pageOf } from '../common/pagination.ts'
import { NameRef } from '../common/path-names.ts'
import {
  BaseUrl,
  DataPolicy,
  DataRegion,
  ModelEntry,
  ProviderDialect,
  ProviderName,
  ProviderSecret,
  ProviderSlug,
  WebUrl,
} from '../common/provider-schema.ts'
import { Timestamp, Uuid, Warnings } from '../common/scalars.ts'
import { operation } from '../operation.ts'

/** Of an organization: every process keeps them in memory. */
export const CUSTOM_PROVIDERS_MAX = 100
const MODELS_MAX = 500
/** Fewer than elsewhere, because each may be as large as a request. */
export const CUSTOM_PROVIDER_PAGE_MAX = 20
const WORKSPACES_MAX = 1_000

export const CustomProviderWire = z.object({
  id: Uuid,
  slug: z.string(),
  name: z.string(),
  dialect: ProviderDialect,
  base_url: z.string(),
  /** Of the credential, enough to tell it from others; null without one. */
  key_label: z.string().nullable(),
  data_policy: DataPolicy,
  data_region: DataRegion,
  privacy_policy_url: z.string().nullable(),
  terms_of_service_url: z.string().nullable(),
  status_page_url: z.string().nullable(),
  /** null is all. */
  workspace_ids: z.array(Uuid).nullable(),
  models: z.array(ModelEntry),
  created_at: Timestamp,
  created_by: z.string().nullable(),
  updated_at: Timestamp.nullable(),
})
export type CustomProviderWire = z.output<typeof CustomProviderWire>

/** What can be asked for by id or slug must not be both; and behind a slash stands one endpoint of a provider, which a guardrail
 *  that lets the provider pass lets pass too. */
const OwnSlug = ProviderSlug.refine((slug) => !Uuid.safeParse(slug).success, 'must not look like an id').refine(
  (slug) => !slug.includes('/'),
  'must not contain a slash',
)

const Models = z
  .array(ModelEntry)
  .min(1)
  .max(MODELS_MAX)
  .superRefine((models, context) => {
    const seen = new Set<string>()
    for (const [at, { id }] of models.entries()) {
      if (seen.has(id)) context.addIssue({ code: 'custom', path: [at, 'id'], message: `duplicate model ${id}` })
      seen.add(id)
    }
  })
  .describe('Its models with their prices, as in the file of providers; all of them, in place of those before')

const ProviderSettings = {
  name: ProviderName.optional(),
  api_key: ProviderSecret.nullish().describe(
    'The credential that the provider wants; null for none. Never shown again',
  ),
  data_policy: DataPolicy.optional().describe(
    'Whether the provider trains on what it gets and whether it retains prompts; both are assumed where nothing is said',
  ),
  data_region: DataRegion.optional().describe(
    'Where the provider processes data, which guardrails may restrict; anywhere (`global`) where nothing is said',
  ),
  privacy_policy_url: WebUrl.nullish(),
  terms_of_service_url: WebUrl.nullish(),
  status_page_url: WebUrl.nullish(),
  workspace_ids: z
    .array(Uuid)
    .max(WORKSPACES_MAX)
    .nullish()
    .describe('Ids of the only workspaces that see the provider and its models; null for all'),
}

/** `warnings`: prices that can't be charged exactly as they are written. */
const Changed = z.object({ data: CustomProviderWire, warnings: Warnings })

const tag = 'Providers'
const path = '/api/v1/providers/custom'
const errors = ['unauthorized', 'forbidden', 'not_found'] as const

const listCustomProviders = operation({
  id: 'listCustomProviders',
  method: 'GET',
  path,
  summary: 'List the providers that the organization added',
  tag,
  permission: 'custom-provider:read',
  effect: 'read',
  input: z.strictObject({
    offset: Offset,
    limit: z.int().min(1).max(CUSTOM_PROVIDER_PAGE_MAX).nullish().describe('At most so many, up to 20'),
  }),
  output: pageOf(CustomProviderWire),
  errors: ['invalid_request', 'unauthorized', 'forbidden'],
})

const createCustomProvider = operation({
  id: 'createCustomProvider',
  method: 'POST',
  path,
  summary: 'Add a provider with its models and prices, for some workspaces or for all',
  tag,
  permission: 'custom-provider:write',
  effect: 'write',
  status: 201,
  input: z.strictObject({
    slug: OwnSlug,
    dialect: ProviderDialect.optional(),
    base_url: BaseUrl,
    models: Models,
    ...ProviderSettings,
  }),
  output: Changed,
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'conflict'],
})

const getCustomProvider = operation({
  id: 'getCustomProvider',
  method: 'GET',
  path: `${path}/{id}`,
  summary: 'Get a provider that the organization added, without its credential',
  tag,
  permission: 'custom-provider:read',
  effect: 'read',
  input: z.strictObject({ id: NameRef }),
  output: z.object({ data: CustomProviderWire }),
  errors,
})

const updateCustomProvider = operation({
  id: 'updateCustomProvider',
  method: 'PATCH',
  path: `${path}/{id}`,
  summary: 'Change a provider that the organization added; models are replaced as a whole',
  tag,
  permission: 'custom-provider:write',
  effect: 'write',
  input: z.strictObject({
    id: NameRef,
    base_url: BaseUrl.optional(),
    models: Models.optional(),
    ...ProviderSettings,
  }),
  output: Changed,
  errors: ['invalid_request', ...errors, 'conflict'],
})

const deleteCustomProvider = operation({
  id: 'deleteCustomProvider',
  method: 'DELETE',
  path: `${path}/{id}`,
  summary: 'Delete a provider that the organization added, and wipe its credential',
  tag,
  permission: 'custom-provider:write',
  effect: 'destructive',
  input: z.strictObject({ id: NameRef }),
  output: z.object({ deleted: z.literal(true) }),
  errors,
})

export const CUSTOM_PROVIDER_OPERATIONS = {
  listCustomProviders,
  createCustomProvider,
  getCustomProvider,
  updateCustomProvider,
  deleteCustomProvider,
} as const
