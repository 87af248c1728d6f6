import type { DialectName } from '../domain/catalogue.ts'
import { MEDIA_ABILITIES, type MediaAbility, PLAIN_ABILITIES, type PlainAbility } from './dialect.ts'
import { DIALECTS } from './dialects.ts'

/*
 * What can be asked for in each format of clients, and what becomes of it at each format of providers. `conformance.test.ts` holds
 * the translations against it, and the page on formats shows it.
 */

export type ClientFormat = 'chat' | 'responses' | 'messages' | 'completions'
export type Ability = PlainAbility | MediaAbility

/** `unasked`: the client's format has no words for it. `fetched`: said, and what is given by its address the gateway fetches. */
export type Outcome = 'yes' | 'fetched' | 'left out' | 'refused' | 'unasked'

export const CLIENT_FORMATS: readonly ClientFormat[] = ['chat', 'responses', 'messages', 'completions']
export const ABILITIES: readonly Ability[] = [...PLAIN_ABILITIES, ...MEDIA_ABILITIES]

/** What a client's format has no words for. */
const UNASKED: Readonly<Record<ClientFormat, readonly Ability[]>> = {
  chat: [],
  responses: ['severalChoices', 'stops'],
  messages: ['jsonObjects', 'audio', 'videos', 'logprobs', 'severalChoices'],
  // A text, and a text in answer.
  completions: [
    'tools',
    'parallelToolCalls',
    'singleToolCalls',
    'images',
    'files',
    'videos',
    'audio',
    'signedReasoning',
    'cacheMarkers',
  ],
}

/** What both formats have words for, and the way between them hasn't. */
const LOST: Readonly<Partial<Record<ClientFormat, Readonly<Partial<Record<DialectName, readonly Ability[]>>>>>> = {
  // Providers of chats, but for the one that has all formats, refuse what they don't know. Signatures of others than Claude have no
  // place in a client's blocks.
  responses: { 'openai-chat': ['cacheMarkers', 'signedReasoning'] },
  messages: {
    'openai-chat': ['cacheMarkers', 'signedReasoning'],
    'openai-responses': ['signedReasoning'],
    gemini: ['signedReasoning'],
  },
}

/** What becomes of what a request in the client's format asks for, at a provider of the dialect. */
export function outcomeOf(client: ClientFormat, dialect: DialectName, ability: Ability): Outcome {
  if (UNASKED[client].includes(ability)) return 'unasked'
  if (LOST[client]?.[dialect]?.includes(ability) === true) return 'left out'
  const saying = DIALECTS[dialect].abilities[ability]
  if (saying === 'url-or-base64') return 'yes'
  return saying === 'base64' ? 'fetched' : saying
}
