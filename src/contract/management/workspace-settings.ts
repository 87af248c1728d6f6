import { z } from 'zod'
import { Plugin } from '../inference/plugins.ts'

/** Who in a workspace may make keys, as far as their role lets them at all. */
const KEY_CREATION = ['everyone', 'developers', 'admins', 'nobody'] as const
export type KeyCreation = (typeof KEY_CREATION)[number]

const ORIGIN = /^https?:\/\/[a-z0-9.-]{1,253}(?::\d{1,5})?$/
const PLUGIN_SETTINGS_MAX = 50

const Rpm = z.number().int().min(0).max(1_000_000)
const RATES_BY_TYPE = {
  standard: Rpm.optional(),
  scoped: Rpm.optional(),
  team: Rpm.optional(),
  read_only: Rpm.optional(),
  ephemeral: Rpm.optional(),
}

/** Requests a minute by type of key, where they differ from the defaults; 0 is no limit. Replaced whole. */
export const RateLimitsInput = z.strictObject(RATES_BY_TYPE)
export const RateLimitsWire = z.object(RATES_BY_TYPE)

/** Networks in CIDR notation, or single addresses. */
export const AllowedIps = z.array(z.string().min(2).max(64)).min(1).max(500)

const PluginId = z
  .string()
  .max(64)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'must be lowercase letters, digits and single hyphens between them')
const PluginSetting = z.union([
  z.string().max(1_024),
  z.number(),
  z.boolean(),
  z.array(z.string().max(1_024)).max(1_024),
])

/** What a request that doesn't name the plugin gets; with `prevent_overrides` also one that does. */
const PluginDefault = z
  .strictObject({
    id: PluginId,
    enabled: z.boolean(),
    prevent_overrides: z.boolean().default(false),
    settings: z
      .record(z.string().min(1).max(64), PluginSetting)
      .refine(
        (settings) => Object.keys(settings).length <= PLUGIN_SETTINGS_MAX,
        `at most ${PLUGIN_SETTINGS_MAX} settings`,
      )
      .default({}),
  })
  .superRefine(({ id, enabled, settings }, context) => {
    for (const { path, message } of Plugin.safeParse({ ...settings, id, enabled }).error?.issues ?? []) {
      // A plugin that nobody here knows may be stored, and changes nothing.
      if (path[0] !== 'id') context.addIssue({ code: 'custom', path: ['settings', ...path], message })
    }
  })

const PluginDefaultsInput = z
  .array(PluginDefault)
  .min(1)
  .max(50)
  .refine((list) => new Set(list.map(({ id }) => id)).size === list.length, 'names a plugin twice')
export type PluginDefaults = z.output<typeof PluginDefaultsInput>

/** Access and defaults of a workspace, on creation and update. Null takes a restriction away. */
export const WorkspaceAccessInput = {
  allowed_ips: AllowedIps.nullish(),
  /** Web pages of these origins may call the API from a browser; null: none. */
  allowed_origins: z
    .array(z.string().max(270).regex(ORIGIN, 'must be an origin such as https://app.example.com, without a path'))
    .min(1)
    .max(100)
    .nullish(),
  key_creation: z.enum(KEY_CREATION).optional(),
  plugin_defaults: PluginDefaultsInput.nullish(),
  rate_limits: RateLimitsInput.nullish(),
}

export const WorkspaceAccessWire = {
  allowed_ips: z.array(z.string()).nullable(),
  allowed_origins: z.array(z.string()).nullable(),
  key_creation: z.enum(KEY_CREATION),
  plugin_defaults: z
    .array(
      z.object({
        id: z.string(),
        enabled: z.boolean(),
        prevent_overrides: z.boolean(),
        settings: z.record(z.string(), PluginSetting),
      }),
    )
    .nullable(),
  rate_limits: RateLimitsWire.nullable(),
}
