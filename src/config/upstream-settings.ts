import { z } from 'zod'

const Milliseconds = z.coerce.number().int()

/** How much goes to providers at a time, how long is waited for them, and how long one that fails is left alone. */
export const UPSTREAM_SETTINGS = {
  SWITCHYARD_INFERENCES_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(10_000)
    .describe('Inference requests at a time; who comes on top of them is told to come back'),
  SWITCHYARD_REQUEST_DEADLINE_MS: Milliseconds.min(1_000)
    .max(86_400_000)
    .default(600_000)
    .describe('Longest inference request'),
  SWITCHYARD_KEEPALIVE_COMMENT_MS: Milliseconds.min(100)
    .max(600_000)
    .default(15_000)
    .describe('Silence on a stream before a comment'),
  SWITCHYARD_UPSTREAM_CONNECT_TIMEOUT_MS: Milliseconds.min(100)
    .max(60_000)
    .default(5_000)
    .describe('TCP and TLS to a provider'),
  SWITCHYARD_UPSTREAM_HEADERS_TIMEOUT_MS: Milliseconds.min(100)
    .max(3_600_000)
    .default(120_000)
    .describe('First byte from a provider'),
  SWITCHYARD_UPSTREAM_CONTENT_TIMEOUT_MS: Milliseconds.min(100)
    .max(3_600_000)
    .default(180_000)
    .describe('First content of a stream from a provider'),
  SWITCHYARD_UPSTREAM_IDLE_TIMEOUT_MS: Milliseconds.min(100)
    .max(3_600_000)
    .default(60_000)
    .describe('Silence of a provider amid an answer'),
  SWITCHYARD_BREAKER_COOLDOWN_MS: Milliseconds.min(0)
    .max(600_000)
    .default(15_000)
    .describe('Rest of an endpoint that failed too often; 0 never lets one rest'),
}

type Settings = { readonly [Name in keyof typeof UPSTREAM_SETTINGS]: number }

export interface UpstreamConfig {
  readonly inferencesMax: number
  readonly requestDeadlineMs: number
  readonly keepAliveCommentMs: number
  readonly upstreamConnectTimeoutMs: number
  readonly upstreamHeadersTimeoutMs: number
  readonly upstreamContentTimeoutMs: number
  readonly upstreamIdleTimeoutMs: number
  readonly breakerCooldownMs: number
}

export function toUpstreamConfig(settings: Settings): UpstreamConfig {
  return {
    inferencesMax: settings.SWITCHYARD_INFERENCES_MAX,
    requestDeadlineMs: settings.SWITCHYARD_REQUEST_DEADLINE_MS,
    keepAliveCommentMs: settings.SWITCHYARD_KEEPALIVE_COMMENT_MS,
    upstreamConnectTimeoutMs: settings.SWITCHYARD_UPSTREAM_CONNECT_TIMEOUT_MS,
    upstreamHeadersTimeoutMs: settings.SWITCHYARD_UPSTREAM_HEADERS_TIMEOUT_MS,
    upstreamContentTimeoutMs: settings.SWITCHYARD_UPSTREAM_CONTENT_TIMEOUT_MS,
    upstreamIdleTimeoutMs: settings.SWITCHYARD_UPSTREAM_IDLE_TIMEOUT_MS,
    breakerCooldownMs: settings.SWITCHYARD_BREAKER_COOLDOWN_MS,
  }
}
