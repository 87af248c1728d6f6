import { AppError } from '../domain/app-error.ts'
import { asObject } from './json-fields.ts'

type IsPaid = (value: unknown) => boolean

const isSaid: IsPaid = (value) => value !== undefined && value !== null

/*
 * Fields by which a provider is told to do what costs more than its tokens, or makes tokens that nobody can bound before: in no
 * price here is what that costs.
 */

/** Of chat completions, in the words of OpenAI and Perplexity, xAI and Alibaba; the last is Anthropic's, known to some. */
const OF_CHATS: Readonly<Record<string, IsPaid>> = {
  web_search_options: isSaid,
  search_parameters: (value) => isSaid(value) && asObject(value)?.['mode'] !== 'off',
  enable_search: (value) => value === true,
  speed: (value) => value === 'fast',
}

/** Of messages. What is served in one place of the world costs more there. */
const OF_MESSAGES: Readonly<Record<string, IsPaid>> = {
  mcp_servers: (value) => isSaid(value) && !(Array.isArray(value) && value.length === 0),
  inference_geo: (value) => isSaid(value) && value !== 'global',
}

/** Throws `invalid_request` naming the first field that would cost what isn't priced. */
export function requirePriced(request: Readonly<Record<string, unknown>>, format: 'chat' | 'messages'): void {
  for (const [name, isPaid] of Object.entries(format === 'chat' ? OF_CHATS : OF_MESSAGES)) {
    if (isPaid(request[name]))
      throw new AppError('invalid_request', `${name}: what it costs at a provider has no price here`)
  }
}
