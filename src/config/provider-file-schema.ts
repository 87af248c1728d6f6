import { z } from 'zod'
import {
  BaseUrl,
  DataPolicy,
  DataRegion,
  ModelEntry,
  ProviderDialect,
  ProviderName,
  ProviderQuirks,
  ProviderSecret,
  ProviderSlug,
  WebUrl,
} from '../contract/common/provider-schema.ts'
import { AwsAccess } from './aws-access.ts'
import { EnvName } from './env-name.ts'

const AzureApi = z.strictObject({
  api_version: z
    .string('must be a quoted version, such as "2024-10-21"')
    .regex(/^(\d{4}-\d{2}-\d{2}(-preview)?|preview|latest|v1)$/, 'must be a version, such as 2024-10-21')
    .optional(),
})

const Provider = z
  .strictObject({
    slug: ProviderSlug,
    name: ProviderName.optional(),
    dialect: ProviderDialect,
    base_url: BaseUrl,
    api_key: ProviderSecret.optional(),
    api_key_env: EnvName.optional(),
    aws: AwsAccess.optional(),
    azure: AzureApi.optional(),
    /** Has no credential here: its models are for workspaces that bring one. */
    byok_only: z.boolean().optional(),
    quirks: ProviderQuirks.optional(),
    data_policy: DataPolicy.optional(),
    data_region: DataRegion.optional(),
    privacy_policy_url: WebUrl.nullish(),
    terms_of_service_url: WebUrl.nullish(),
    status_page_url: WebUrl.nullish(),
    models: z.array(ModelEntry).min(1).max(5_000),
  })
  .superRefine(({ api_key, api_key_env, aws, azure, base_url, byok_only, dialect }, context) => {
    const fault = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    const hasKey = api_key !== undefined || api_key_env !== undefined
    if (api_key !== undefined && api_key_env !== undefined) {
      fault('api_key_env', 'excludes api_key: give one of the two')
    }
    if (aws !== undefined && dialect !== 'bedrock') fault('aws', 'is for the dialect bedrock alone')
    if (aws !== undefined && hasKey) fault('aws', 'excludes api_key and api_key_env: give one of them')
    if (byok_only && (hasKey || aws !== undefined)) fault('byok_only', 'excludes api_key, api_key_env and aws')
    if (azure !== undefined && !dialect.startsWith('openai-')) fault('azure', 'is for the dialects of OpenAI alone')
    if (azure !== undefined && azure.api_version === undefined && base_url.endsWith('/openai')) {
      fault('azure', 'must have api_version, because base_url ends in /openai')
    }
  })
export type ProviderEntry = z.output<typeof Provider>

/** What the file of providers may hold. */
export const ProviderFile = z.strictObject({ providers: z.array(Provider).max(500) })
export type ProviderFile = z.output<typeof ProviderFile>
