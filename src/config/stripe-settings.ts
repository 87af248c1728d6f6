export interface StripeConfig {
  readonly secretKey: string
  readonly webhookSecret: string
  readonly apiUrl: string
}

interface StripeSettings {
  STRIPE_API_URL: string
  STRIPE_SECRET_KEY?: string | undefined
  STRIPE_WEBHOOK_SECRET?: string | undefined
}

/** Null where nothing can be paid by card. */
export function stripeOf({
  STRIPE_API_URL: apiUrl,
  STRIPE_SECRET_KEY: secretKey,
  STRIPE_WEBHOOK_SECRET: webhookSecret,
}: StripeSettings): StripeConfig | null {
  if (secretKey === undefined || webhookSecret === undefined) return null
  return Object.freeze({ secretKey, webhookSecret, apiUrl })
}

export function stripeConflicts(settings: StripeSettings): string[] {
  const isWhole = (settings.STRIPE_SECRET_KEY === undefined) === (settings.STRIPE_WEBHOOK_SECRET === undefined)
  return isWhole ? [] : ['STRIPE_SECRET_KEY: needs STRIPE_WEBHOOK_SECRET, and the other way round']
}
