import { z } from 'zod'

/*
 * What a request may say of plugins. Each is strict, so that a misspelt option isn't taken for one that holds. Those that this
 * gateway doesn't have are known by name, for a refusal that says so.
 */

const enabled = z.boolean().optional()
const Patterns = z.array(z.string().min(1).max(1_024)).max(1_024).optional()

const ResponseHealing = z.strictObject({ id: z.literal('response-healing'), enabled })
const ContextCompression = z.strictObject({
  id: z.literal('context-compression'),
  enabled,
  engine: z.literal('middle-out').optional(),
})
const autoRouterFields = {
  enabled,
  allowed_models: Patterns,
  excluded_models: Patterns,
  cost_tier: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).optional(),
  cost_quality_tradeoff: z.number().int().min(0).max(10).optional(),
}
const AutoRouter = z.strictObject({
  id: z.literal('auto-router'),
  ...autoRouterFields,
  pin_model: z.boolean().optional(),
})
const AutoBetaRouter = z.strictObject({ id: z.literal('auto-beta-router'), ...autoRouterFields })

/** Of the official platform, and not of this gateway. */
export const PLUGINS_NOT_OFFERED = ['web', 'web-fetch', 'file-parser', 'moderation', 'pareto-router', 'fusion'] as const
/** May be named by who turns it off. */
const NotOffered = z.looseObject({ id: z.enum(PLUGINS_NOT_OFFERED), enabled })

export const Plugin = z.discriminatedUnion(
  'id',
  [ResponseHealing, ContextCompression, AutoRouter, AutoBetaRouter, NotOffered],
  { error: ({ code }) => (code === 'invalid_union' ? 'must be the id of a plugin' : undefined) },
)
export type Plugin = z.output<typeof Plugin>

export const Plugins = z.array(Plugin).max(50)

/** The older form of `context-compression`; an empty list turns it off. */
export const Transforms = z.array(z.literal('middle-out')).max(10)

export const DebugOptions = z.strictObject({ echo_upstream_body: z.boolean().nullish() })
