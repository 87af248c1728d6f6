import { describe, expect, test } from 'vitest'
import { rankSections, sectionsOf } from './search-docs.ts'

const PAGE = `# Keys

What a key is.

## Rotation
A new secret for the same key.

\`\`\`sh
# this is a comment, no heading
rotate
\`\`\`

## Budgets
Limits by interval: daily, weekly, monthly. reset_interval says which.
`

const sections = sectionsOf('keys.md', PAGE)

test('a page falls into a section for each heading, and a comment in code is none', () => {
  expect(sections.map(({ heading }) => heading)).toEqual(['Keys', 'Rotation', 'Budgets'])
  expect(sections[1]).toMatchObject({ path: 'keys.md', title: 'Keys', text: expect.stringContaining('# this is') })
})

describe('a search', () => {
  const headings = (query: string) => rankSections(sections, query, 10).map(({ heading }) => heading)

  test('puts first what the heading says', () => expect(headings('how does rotation work')[0]).toBe('Rotation'))
  test('finds one and many, and parts of names', () => {
    expect(headings('budget')).toEqual(['Budgets'])
    expect(headings('reset_interval')).toEqual(['Budgets'])
    expect(headings('interval')).toEqual(['Budgets'])
  })
  test('finds nothing for words that stand nowhere, and for none', () => {
    expect(headings('kubernetes')).toEqual([])
    expect(headings('?!')).toEqual([])
    expect(rankSections([], 'x', 5)).toEqual([])
  })
  test('gives no more than asked for', () => expect(rankSections(sections, 'keys', 1)).toHaveLength(1))
})
