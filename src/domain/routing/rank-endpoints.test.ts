import { expect, test } from 'vitest'
import { anEndpoint, aProvider } from '../../../test/fixtures/catalogue.ts'
import type { Endpoint } from '../catalogue.ts'
import type { EndpointHealth } from '../endpoint-health.ts'
import { NO_HEALTH } from './observed-health.ts'
import { deprioritise, type Ranking, rankEndpoints } from './rank-endpoints.ts'

const flat = (value: number) => ({ p50: value, p75: value, p90: value, p99: value })

/** Of endpoints by their tags. */
function health(known: {
  unstable?: readonly string[]
  latency?: Record<string, number>
  throughput?: Record<string, number>
  quality?: Record<string, number>
}): EndpointHealth {
  const tagOf = (id: string) => id.slice(id.indexOf(' at ') + ' at '.length)
  const measured = (of: Record<string, number> | undefined, id: string) => of?.[tagOf(id)]
  const percentiles = (value: number | undefined) => (value === undefined ? null : flat(value))
  return {
    isStable: (id) => known.unstable?.includes(tagOf(id)) !== true,
    isBroken: () => false,
    latency: (id) => percentiles(measured(known.latency, id)),
    throughput: (id) => percentiles(measured(known.throughput, id)),
    toolQuality: (id) => measured(known.quality, id) ?? null,
  }
}

const CHEAP = anEndpoint('cheap', 1n)
const MIDDLE = anEndpoint('middle', 3n)
const DEAR = anEndpoint('dear', 9n)
const ALL = [DEAR, CHEAP, MIDDLE]

function rank(ranking: Partial<Ranking>, endpoints: readonly Endpoint[] = ALL): string[] {
  const whole = { by: 'balance', order: [], health: NO_HEALTH, draw: null, prefersToolQuality: false, ...ranking }
  return rankEndpoints(endpoints, whole as Ranking).map(({ endpoint }) => endpoint.tag)
}

test('of $1 and $3 the first goes first nine times of ten, within what chance allows', () => {
  const draws = 20_000
  let first = 0
  for (let at = 0; at < draws; at += 1) {
    const [drawn] = rank({ draw: (at * 0.754_877_666_246_69) % 1 }, [MIDDLE, CHEAP])
    if (drawn === 'cheap') first += 1
  }
  expect(Math.abs(first / draws - 0.9)).toBeLessThan(0.005)
})

test.each<[string, Partial<Ranking>, string[]]>([
  ['without a draw the price alone', {}, ['cheap', 'middle', 'dear']],
  ['the one drawn first, the others by price', { draw: 0.999 }, ['dear', 'cheap', 'middle']],
  ['stable ones before all others', { health: health({ unstable: ['cheap'] }) }, ['middle', 'dear', 'cheap']],
  [
    'none drawn that is unstable while another is stable',
    { health: health({ unstable: ['cheap', 'middle'] }), draw: 0 },
    ['dear', 'cheap', 'middle'],
  ],
  ['the order asked for, the rest by price', { by: 'order', order: ['The dear'] }, ['dear', 'cheap', 'middle']],
  [
    'what is asked for stays first although it is unstable',
    { by: 'order', order: ['dear', 'cheap'], health: health({ unstable: ['dear'] }) },
    ['dear', 'cheap', 'middle'],
  ],
  ['the cheapest', { by: 'price', draw: 0.999 }, ['cheap', 'middle', 'dear']],
  [
    'the fastest, what was not measured last',
    { by: 'throughput', health: health({ throughput: { dear: 90, middle: 100 } }) },
    ['middle', 'dear', 'cheap'],
  ],
  [
    'the one that answers soonest',
    { by: 'latency', health: health({ latency: { dear: 90, middle: 100, cheap: 200 } }) },
    ['dear', 'middle', 'cheap'],
  ],
  [
    'the best at tools, of equal ones the fastest',
    {
      by: 'exacto',
      health: health({ quality: { dear: 1, middle: 1, cheap: 0.9 }, throughput: { dear: 1, middle: 2 } }),
    },
    ['middle', 'dear', 'cheap'],
  ],
  [
    'for tools the cheap one last that is measurably worse, and the unmeasured one in its place',
    { prefersToolQuality: true, health: health({ quality: { dear: 0.99, cheap: 0.9 } }) },
    ['middle', 'dear', 'cheap'],
  ],
  [
    'for tools a small difference does not matter',
    { prefersToolQuality: true, health: health({ quality: { dear: 0.99, cheap: 0.98 } }) },
    ['cheap', 'middle', 'dear'],
  ],
])('%s', (_name, ranking, expected) => expect(rank(ranking)).toEqual(expected))

test("an organization's own endpoints come first whatever they cost, but not against an order that is asked for", () => {
  const visibility = { organizationId: 'org', workspaceIds: null }
  const own = anEndpoint('own', 50n, { provider: aProvider('own', { visibility }) })
  const endpoints = [CHEAP, own, MIDDLE]
  expect(rank({ draw: 0 }, endpoints)).toEqual(['own', 'cheap', 'middle'])
  expect(rank({ by: 'price' }, endpoints)).toEqual(['own', 'cheap', 'middle'])
  expect(rank({ by: 'order', order: ['middle'] }, endpoints)).toEqual(['middle', 'own', 'cheap'])
})

test('free endpoints share what is drawn, and nothing else gets any of it', () => {
  const free = [anEndpoint('one', 0n), anEndpoint('two', 0n), CHEAP]
  expect([0, 0.49, 0.51, 0.999].map((draw) => rank({ draw }, free)[0])).toEqual(['one', 'one', 'two', 'two'])
})

test.each<[string, Parameters<typeof deprioritise>[1], string[]]>([
  ['no wish', {}, ['cheap', 'middle', 'dear']],
  ['a median too slow', { preferred_min_throughput: 50 }, ['middle', 'dear', 'cheap']],
  ['an unmeasured one fails nothing', { preferred_max_latency: 0.1 }, ['cheap', 'dear', 'middle']],
  ['each percentile counts', { preferred_max_latency: { p50: 9, p99: 0.1 } }, ['cheap', 'dear', 'middle']],
  ['those that fail keep their order', { preferred_min_throughput: 1_000 }, ['dear', 'cheap', 'middle']],
])('preferences for speed put behind and drop nothing: %s', (_name, wish, expected) => {
  const known = health({ throughput: { cheap: 10, middle: 60 }, latency: { middle: 200 } })
  const ranked = rankEndpoints(ALL, {
    by: 'price',
    order: [],
    health: known,
    draw: null,
    prefersToolQuality: false,
  })
  expect(deprioritise(ranked, wish, known).map(({ endpoint }) => endpoint.tag)).toEqual(expected)
})
