import { ARGUMENT_MEANINGS } from '../../src/contract/argument-meanings.ts'

/** What fields mean that no argument of an operation is called like. A name in the path of the field goes before the name. */
const MEANINGS: Readonly<Record<string, string>> = {
  data: 'What was asked for',
  object: 'What kind of thing this is, as OpenAI names it',
  error: 'What went wrong; null where nothing did',
  warnings: 'Fields that were taken and mean nothing here, in words',
  label: 'Its beginning and end, or a name to show',
  deleted: 'Whether it was deleted',
  scope: 'How far it reaches',
  value: 'The value',
  values: 'The values',
  usage: 'What was used',
  message: 'What happened, in a sentence',
  reason: 'Why, in a word or a sentence',
  prompt: 'Of the input: its text, or the price of a token of it in US dollars',
  completion: 'Of the output: the price of a token of it in US dollars',
  pricing: 'Prices in US dollars, as decimal strings',
  request: 'Price of a request, in US dollars',
  image: 'Price of an image, in US dollars',
  image_token: 'Price of a token of an image in the input, in US dollars',
  image_output: 'Price of a token of an image in the output, in US dollars',
  audio: 'Price of a token of sound in the input, in US dollars',
  audio_output: 'Price of a token of sound in the output, in US dollars',
  input_audio_cache: 'Price of a token of sound read from a cache, in US dollars',
  input_cache_read: 'Price of a token of the input read from a cache, in US dollars',
  input_cache_write: 'Price of a token of the input written to a cache, in US dollars',
  input_cache_write_1h: 'Price of a token of the input written to a cache for an hour, in US dollars',
  internal_reasoning: 'Price of a token of reasoning, in US dollars',
  search_unit: 'Price of a search unit of ranks, in US dollars',
  web_search: 'Price of a search of the web, in US dollars',
  discount: 'Share taken off, 0 to 1',
  overrides: 'Other prices for long inputs and for hours of the day',
  min_prompt_tokens: 'Holds for inputs of more tokens than this',
  utc_start: 'Hour it holds from, as HHMM in UTC',
  utc_end: 'Hour it holds until, as HHMM in UTC',
  context_length: 'Most tokens of input and output together',
  created: 'When it came about, in seconds since 1970',
  network: 'The network, as an address and the length of its prefix',
}

const BY_ENDING: readonly (readonly [RegExp, (name: string) => string])[] = [
  [/_at$/, (name) => `When it was ${words(name.slice(0, -3))}, in ISO 8601; null where it wasn't`],
  [/_by$/, (name) => `Who or what it was ${words(name.slice(0, -3))} by`],
  [/_usd$/, (name) => `${capital(words(name.slice(0, -4)))}, in US dollars`],
  [/_ms$/, (name) => `${capital(words(name.slice(0, -3)))}, in milliseconds`],
  [
    /_(?:count|total)$|^(?:total_count|row_count)$/,
    (name) => `How many: ${words(name.replace(/_?(?:count|total)$/, '') || 'all')}`,
  ],
  [/_ids$/, (name) => `Ids: ${words(name.slice(0, -4))}s`],
  [/_id$/, (name) => `Id of the ${words(name.slice(0, -3))}`],
  [/_urls?$/, (name) => `Address: ${words(name.replace(/_urls?$/, ''))}`],
  [/_name$/, (name) => `Name of the ${words(name.slice(0, -5))}`],
  [/^(?:is|has|was)_/, (name) => `Whether it ${words(name)}`],
  [/_days$/, (name) => `${capital(words(name.slice(0, -5)))}, in days`],
  [/_seconds$/, (name) => `${capital(words(name.slice(0, -8)))}, in seconds`],
  [/tokens/, (name) => `Tokens: ${words(name.replace(/_?tokens_?/, ' ').trim() || 'all')}`],
]

/** Said of arguments that choose, which says nothing of a field of an answer. */
const ABOUT_CHOOSING =
  /^(?:Only|At most so many|How many to skip|Words to look|Where the next|true: only)|; null clears|without it/

/** What a field means, in words; never empty. */
export function meaningOf(operationId: string, name: string, side: 'request' | 'answer'): string {
  const argument = ARGUMENT_MEANINGS[`${operationId}.${name}`] ?? ARGUMENT_MEANINGS[name]
  if (argument !== undefined && (side === 'request' || !ABOUT_CHOOSING.test(argument))) return argument
  return MEANINGS[name] ?? BY_ENDING.find(([ending]) => ending.test(name))?.[1](name) ?? capital(words(name))
}

function words(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .trim()
    .toLowerCase()
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
