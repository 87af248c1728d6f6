/** A config file with one provider `alpha` at a scripted upstream and the models that the tests ask for. */
export function oneProvider(baseUrl: string, more: readonly object[] = []): { providers: unknown[] } {
  const alpha = provider('alpha', baseUrl)
  return { providers: [{ ...alpha, models: [...alpha.models, ...more] }] }
}

/** The same models at two providers, the first one cheaper: a second attempt is possible. */
export function twoProviders(firstUrl: string, secondUrl: string): { providers: unknown[] } {
  const second = provider('beta', secondUrl)
  for (const model of second.models) if ('prompt' in model.pricing) model.pricing['completion'] = '0.000004'
  return { providers: [provider('alpha', firstUrl), second] }
}

/** What one request of `alpha/flat` costs, in dollars, whatever its tokens. */
export const FLAT_PRICE_USD = 0.01

function provider(slug: string, baseUrl: string) {
  return {
    slug,
    name: slug.toUpperCase(),
    dialect: 'openai-chat',
    base_url: baseUrl,
    api_key: `secret-of-${slug}`,
    models: [
      {
        id: 'alpha/small',
        upstream_id: 'small',
        pricing: { prompt: '0.000001', completion: '0.000002' } as Record<string, string>,
        context_length: 128_000,
        max_completion_tokens: 4_096,
      },
      {
        id: 'alpha/flat',
        upstream_id: 'flat',
        pricing: { prompt: '0', completion: '0', request: String(FLAT_PRICE_USD) } as Record<string, string>,
        context_length: 128_000,
        max_completion_tokens: 4_096,
      },
    ],
  }
}
