import type { TokenCounting } from '../dialect.ts'
import { asCount, parseObject } from '../json-fields.ts'
import { encodeGeminiRequest } from './encode-request.ts'

const METHOD = /:generateContent$/

/** Source: Gemini API reference, models.countTokens. */
export const geminiCounting: TokenCounting = {
  encode: (payload, endpoint, options) => {
    const { path, headers, body } = encodeGeminiRequest({ ...payload, isStream: false }, endpoint, options)
    const { serviceTier: _tier, ...request } = parseObject(String(body)) ?? {}
    const model = path.slice(1).replace(METHOD, '')
    return {
      path: path.replace(METHOD, ':countTokens'),
      headers,
      body: JSON.stringify({ generateContentRequest: { model: decodeURIComponent(model), ...request } }),
    }
  },
  decode: (text) => asCount(parseObject(text)?.['totalTokens']),
}
