import { z } from 'zod'

/** Where models and prices are published, and how often they are asked for. */
export const CATALOGUE_SETTINGS = {
  SWITCHYARD_CATALOGUE_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
    .max(2_000)
    .optional()
    .describe('JSON of models and prices for providers of the environment; without it what is built in holds'),
  SWITCHYARD_CATALOGUE_REFRESH_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(2_000_000)
    .default(86_400)
    .describe('How often that is fetched'),
  SWITCHYARD_BYOK_PROVIDERS: z
    .string()
    .max(2_000)
    .default('all')
    .transform((text) => (text.trim() === 'all' ? ('all' as const) : namesIn(text)))
    .describe(
      'Known providers that workspaces may bring a credential for although there is none here: slugs, or all, or none',
    ),
}

/** `none` is no provider. */
function namesIn(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim())
  return Object.freeze(names.filter((name) => name !== '' && name !== 'none'))
}

export interface CatalogueRefresh {
  readonly url: string
  readonly intervalMs: number
}

/** Null where nothing is to be fetched. */
export function catalogueRefreshOf(settings: {
  SWITCHYARD_CATALOGUE_URL?: string | undefined
  SWITCHYARD_CATALOGUE_REFRESH_SECONDS: number
}): CatalogueRefresh | null {
  const { SWITCHYARD_CATALOGUE_URL: url, SWITCHYARD_CATALOGUE_REFRESH_SECONDS: seconds } = settings
  return url === undefined ? null : Object.freeze({ url, intervalMs: seconds * 1_000 })
}
