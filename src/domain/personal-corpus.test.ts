import { expect, test } from 'vitest'
import { CORPUS_KINDS, type CorpusKind, personalDataCorpus } from '../../test/fixtures/personal-data-corpus.ts'
import { PERSONAL_DATA_FINDERS } from './personal-data.ts'

/*
 * G1: how much of made-up personal data is found, and how much of what is found is some. A find counts as right when it is of the kind
 * that stands there and covers it whole; any other, also in the text of another kind, as wrong.
 */

const LEAST: Readonly<Record<CorpusKind, { recall: number; precision: number }>> = {
  email: { recall: 0.99, precision: 0.98 },
  phone: { recall: 0.95, precision: 0.9 },
  iban: { recall: 0.99, precision: 0.98 },
  'credit-card': { recall: 0.99, precision: 0.98 },
  ssn: { recall: 0.99, precision: 0.98 },
  'ip-address': { recall: 0.99, precision: 0.98 },
  credential: { recall: 0.99, precision: 0.98 },
}

const CORPUS = personalDataCorpus(20_261_121)

test('G1 the corpus has 2,000 texts with personal data and 2,000 without', () => {
  expect(CORPUS.filter(({ holds }) => holds !== null).length).toBeGreaterThanOrEqual(2_000)
  expect(CORPUS.filter(({ holds }) => holds === null).length).toBeGreaterThanOrEqual(2_000)
  expect(new Set(CORPUS.map(({ text }) => text)).size).toBeGreaterThan(3_000)
})

test.each(CORPUS_KINDS)('G1 %s: recall and precision are at least what is asked', (kind) => {
  const missed: string[] = []
  const wrong: string[] = []
  let right = 0
  for (const { text, holds } of CORPUS) {
    const spans = PERSONAL_DATA_FINDERS[kind](text)
    const isHeld = holds?.kind === kind
    const covering = spans.filter(({ start, end }) => isHeld && start <= holds.start && end >= holds.end)
    if (isHeld && covering.length > 0) right += 1
    if (isHeld && covering.length === 0) missed.push(text)
    if (spans.length > covering.length) wrong.push(text)
  }
  const recall = right / (right + missed.length)
  const precision = right / (right + wrong.length)
  const percent = (share: number) => (100 * share).toFixed(1)
  process.stdout.write(`G1 ${kind}: recall ${percent(recall)} %, precision ${percent(precision)} %\n`)
  expect({ missed: recall < LEAST[kind].recall ? missed.slice(0, 20) : [] }).toEqual({ missed: [] })
  expect({ wrong: precision < LEAST[kind].precision ? wrong.slice(0, 20) : [] }).toEqual({ wrong: [] })
})
