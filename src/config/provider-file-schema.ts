import { z } from 'zod'
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
} from '../contract/common/provider-schema.ts'

const EnvName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'must be the name of an environment variable')

const Provider = z
  .strictObject({
    slug: ProviderSlug,
    name: ProviderName.optional(),
    dialect: ProviderDialect,
    base_url: BaseUrl,
    api_key: ProviderSecret.optional(),
    api_key_env: EnvName.optional(),
    data_policy: DataPolicy.optional(),
    data_region: DataRegion.optional(),
    privacy_policy_url: WebUrl.nullish(),
    terms_of_service_url: WebUrl.nullish(),
    status_page_url: WebUrl.nullish(),
    models: z.array(ModelEntry).min(1).max(5_000),
  })
  .superRefine(({ api_key, api_key_env }, context) => {
    if (api_key !== undefined && api_key_env !== undefined) {
      context.addIssue({ code: 'custom', path: ['api_key_env'], message: 'excludes api_key: give one of the two' })
    }
  })
export type ProviderEntry = z.output<typeof Provider>

/** What the file of providers may hold. */
export const ProviderFile = z.strictObject({ providers: z.array(Provider).max(500) })
export type ProviderFile = z.output<typeof ProviderFile>
