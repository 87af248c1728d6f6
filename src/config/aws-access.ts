import { z } from 'zod'
import { ProviderSecret } from '../contract/common/provider-schema.ts'
import { EnvName } from './env-name.ts'

const ENV_KEYS = ['access_key_id_env', 'secret_access_key_env', 'session_token_env'] as const

/** How the file of providers names an access key of AWS: each part as it is, or the variable that has it. */
export const AwsAccess = z
  .strictObject({
    access_key_id: ProviderSecret.optional(),
    access_key_id_env: EnvName.optional(),
    secret_access_key: ProviderSecret.optional(),
    secret_access_key_env: EnvName.optional(),
    session_token: ProviderSecret.optional(),
    session_token_env: EnvName.optional(),
    region: z
      .string()
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region, such as eu-central-1')
      .optional(),
  })
  .superRefine((access, context) => {
    for (const name of ['access_key_id', 'secret_access_key', 'session_token'] as const) {
      const [plain, named] = [access[name], access[`${name}_env`]]
      const fault = (message: string) => context.addIssue({ code: 'custom', path: [name], message })
      if (plain !== undefined && named !== undefined) fault(`excludes ${name}_env: give one of the two`)
      if (name !== 'session_token' && plain === undefined && named === undefined) fault(`required, or ${name}_env`)
    }
  })
type AwsAccess = z.output<typeof AwsAccess>

type Env = Readonly<Record<string, string | undefined>>

/** The one secret that stands for them, as the bedrock dialect reads it. */
export function awsSecret(access: AwsAccess, env: Env): string {
  const read = (plain: string | undefined, name: string | undefined) =>
    plain ?? (name === undefined ? undefined : env[name]?.trim())
  return JSON.stringify({
    accessKeyId: read(access.access_key_id, access.access_key_id_env),
    secretAccessKey: read(access.secret_access_key, access.secret_access_key_env),
    sessionToken: read(access.session_token, access.session_token_env),
    region: access.region,
  })
}

/** The variables that are named and not set, by key. `access` is as it was written. */
export function missingAwsVariables(access: unknown, env: Env): { key: string; name: string }[] {
  if (typeof access !== 'object' || access === null) return []
  return ENV_KEYS.flatMap((key) => {
    const name = (access as Record<string, unknown>)[key]
    return typeof name === 'string' && !env[name] ? [{ key, name }] : []
  })
}
