import { describe, expect, test } from 'vitest'
import { CLIENTS } from '../../test/harness/conformance/client-speakers.ts'
import {
  type HeardAnswer,
  type HeardRequest,
  resultOf,
  type Saying,
  TOKENS,
  TOOL,
  type Wish,
} from '../../test/harness/conformance/conversation.ts'
import { exchange, FETCHED } from '../../test/harness/conformance/exchange.ts'
import { AppError } from '../domain/app-error.ts'
import type { DialectName } from '../domain/catalogue.ts'
import { ABILITIES, type Ability, CLIENT_FORMATS, type ClientFormat, outcomeOf } from './abilities.ts'
import { DIALECTS } from './dialects.ts'

/*
 * Every format of clients with every format of providers: what `abilities.ts` says becomes of a wish, does.
 */

interface Case {
  /** One of these at a time. */
  wishes: readonly Wish[]
  saying?: Saying
  /** Whether a provider was told what is wished. */
  isHeard: (heard: HeardRequest, wish: Wish) => boolean
  /** What must have reached the client beside the text. */
  reached?: Partial<HeardAnswer>
}

const TEXT = 'In the south.'
const THOUGHT = { text: 'Weighing two cities.', signature: 'c2lnbmVkIQ==' }
const [ONE, OTHER] = [
  { name: TOOL.name, city: 'Zürich' },
  { name: TOOL.name, city: 'Köln' },
]
const PICTURE = Buffer.from('picture').toString('base64')
const media = (kind: 'image' | 'file' | 'video', type: string, name: string): readonly Wish[] => [
  { [kind]: `https://files.test/${name}` },
  { [kind]: `data:${type};base64,${PICTURE}` },
]
const hasMedia = ({ media: given }: HeardRequest, { image, file, video, audio }: Wish): boolean => {
  const asked = image ?? file ?? video ?? audio ?? ''
  return given.length === 1 && [asked, PICTURE, FETCHED].includes(given[0] ?? '')
}

const CASES: Readonly<Record<Ability, Case>> = {
  streaming: { wishes: [{ isStream: true }], isHeard: ({ isStream }) => isStream },
  tools: {
    wishes: [{ tools: true }],
    saying: { texts: [TEXT], calls: [ONE] },
    isHeard: ({ tools }) => tools.join() === TOOL.name,
    reached: { calls: [ONE] },
  },
  parallelToolCalls: {
    wishes: [{ tools: true }],
    saying: { texts: [TEXT], calls: [ONE, OTHER] },
    isHeard: ({ tools }) => tools.join() === TOOL.name,
    reached: { calls: [ONE, OTHER] },
  },
  singleToolCalls: { wishes: [{ tools: true, isSingle: true }], isHeard: ({ isSingle }) => isSingle },
  structuredOutputs: { wishes: [{ hasSchema: true }], isHeard: ({ hasSchema }) => hasSchema },
  jsonObjects: { wishes: [{ isJson: true }], isHeard: ({ isJson }) => isJson },
  images: { wishes: media('image', 'image/png', 'a.png'), isHeard: hasMedia },
  files: { wishes: media('file', 'application/pdf', 'a.pdf'), isHeard: hasMedia },
  videos: { wishes: media('video', 'video/mp4', 'a.mp4'), isHeard: hasMedia },
  audio: { wishes: [{ audio: PICTURE }], isHeard: hasMedia },
  reasoning: {
    wishes: [{ isReasoning: true }],
    saying: { texts: [TEXT], thought: THOUGHT },
    isHeard: ({ isReasoning }) => isReasoning,
    reached: { reasoning: THOUGHT.text },
  },
  signedReasoning: {
    wishes: [{ isReasoning: true, tools: true }],
    saying: { texts: [TEXT], thought: THOUGHT, calls: [ONE] },
    // Of an answer that came before.
    isHeard: ({ signatures }) => signatures.join() === THOUGHT.signature,
  },
  cacheMarkers: {
    wishes: [{ isMarked: true }],
    isHeard: ({ markers }) => markers === 1,
    reached: { cachedTokens: TOKENS.cached },
  },
  logprobs: {
    wishes: [{ hasLogprobs: true }],
    saying: { texts: [TEXT], hasLogprobs: true },
    isHeard: ({ hasLogprobs }) => hasLogprobs,
    reached: { tokens: ['w'] },
  },
  severalChoices: {
    wishes: [{ choices: 2 }],
    saying: { texts: [TEXT, 'Or in the east.'] },
    isHeard: ({ choices }) => choices === 2,
    reached: { texts: [TEXT, 'Or in the east.'] },
  },
  stops: { wishes: [{ stop: 'END' }], isHeard: ({ stops }) => stops.join() === 'END' },
}

interface Cell {
  client: ClientFormat
  dialect: DialectName
  ability: Ability
}

/** What the provider hears with the next request, in which the client tells what was answered, and what its tools say. */
function heardNext({ ability, client, dialect }: Cell, wish: Wish): HeardRequest {
  const { saying = { texts: [TEXT] } } = CASES[ability]
  const { answer } = exchange({ client, dialect, wish, saying })
  const history = CLIENTS[client].goOn(answer)
  return exchange({ client, dialect, wish, history, saying: { texts: [TEXT] } }).heard
}

function requireDone(cell: Cell, wish: Wish): void {
  const { ability, client, dialect } = cell
  const { isHeard, reached, saying = { texts: [TEXT] } } = CASES[ability]
  const { answer, heard } = exchange({ client, dialect, wish, saying })
  const hears = ability === 'signedReasoning' ? heardNext(cell, wish) : heard
  expect([isHeard(hears, wish), hears]).toEqual([true, hears])
  expect(heard.isStream).toBe(wish.isStream === true)
  expect(CLIENTS[client].hear(answer)).toMatchObject({ texts: [TEXT], ...reached })
  if (ability !== 'tools' && ability !== 'parallelToolCalls') return
  const { calls, results } = heardNext(cell, wish)
  expect(calls).toEqual(saying.calls)
  expect(results).toEqual(saying.calls?.map((_, at) => resultOf(at)))
}

function requireLeftOut(cell: Cell, wish: Wish): void {
  const { ability, client, dialect } = cell
  const { heard } = exchange({ client, dialect, wish, saying: { texts: [TEXT] } })
  const hears = ability === 'signedReasoning' ? heardNext(cell, wish) : heard
  expect([CASES[ability].isHeard(hears, wish), hears]).toEqual([false, hears])
}

function requireRefused({ client, dialect }: Cell, wish: Wish): void {
  const refuse = () => exchange({ client, dialect, wish, saying: { texts: [TEXT] } })
  expect(refuse).toThrow(AppError)
  expect(refuse).toThrow(
    expect.objectContaining({ code: 'invalid_request', message: expect.stringMatching(/^\w+[.\w]*: /) }),
  )
}

const CHECKS = {
  yes: requireDone,
  fetched: requireDone,
  'left out': requireLeftOut,
  refused: requireRefused,
} as const

const cells = CLIENT_FORMATS.flatMap((client) =>
  (Object.keys(DIALECTS) as DialectName[]).flatMap((dialect) =>
    ABILITIES.map((ability) => ({ client, dialect, ability, outcome: outcomeOf(client, dialect, ability) })),
  ),
)
/** Those that a client can ask for. */
const asked = cells.flatMap(({ outcome, ...cell }) => (outcome === 'unasked' ? [] : [{ ...cell, outcome }]))

describe.each(asked)('$client at $dialect: $ability, $outcome', ({ outcome, ...cell }) => {
  const wishes = CASES[cell.ability].wishes
  test.each(cell.ability === 'streaming' ? [true] : [false, true])('stream: %s', (isStream) => {
    for (const wish of wishes) CHECKS[outcome](cell, isStream ? { ...wish, isStream } : wish)
  })
})

test('every format of clients was held against every format of providers', () => {
  expect(cells).toHaveLength(4 * 5 * ABILITIES.length)
  expect(new Set(cells.map(({ client, dialect }) => `${client} ${dialect}`)).size).toBe(20)
})
