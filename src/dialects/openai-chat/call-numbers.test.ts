import { expect, test } from 'vitest'
import { CallNumbers } from './call-numbers.ts'

interface Piece {
  index?: number | null
  id?: string
  name?: string
  text?: string
}

/** Numbers of the pieces, delta by delta. */
function numbersOf(...deltas: Piece[][]): unknown[][] {
  const calls = new CallNumbers()
  return deltas.map((pieces) => {
    const sent = pieces.map(({ index, id, name, text }) => ({
      ...(index !== undefined && { index }),
      ...(id !== undefined && { id }),
      function: { ...(name !== undefined && { name }), ...(text !== undefined && { arguments: text }) },
    }))
    return calls.number(sent).map(({ index }) => index)
  })
}

test.each<[string, Piece[][], unknown[][]]>([
  [
    'numbers of the provider stay as they are where they have no gap',
    [[{ index: 0, id: 'a', name: 'f', text: '' }], [{ index: 0, text: '{}' }], [{ index: 2, id: 'b', name: 'f' }]],
    [[0], [0], [1]],
  ],
  [
    'what a provider has counted beside calls leaves no gap',
    [[{ index: 1, id: 'a', name: 'f', text: '' }], [{ index: 1, text: '{}' }], [{ index: 3, id: 'b', name: 'g' }]],
    [[0], [0], [1]],
  ],
  [
    'without numbers a new id with a name is another call',
    [
      [{ id: 'a', name: 'f', text: '{"x":' }],
      [{ text: '1}' }],
      [{ id: 'b', name: 'f', text: '{}' }],
      [{ id: 'a', text: ' ' }],
    ],
    [[0], [0], [1], [0]],
  ],
  [
    'without numbers and ids a name is another call, and what has none goes on with the last',
    [[{ name: 'f', text: '{' }], [{ text: '}' }], [{ name: 'f', text: '{}' }]],
    [[0], [0], [1]],
  ],
  [
    'several in one delta are told apart by their places',
    [
      [
        { id: 'a', name: 'f' },
        { id: 'b', name: 'g' },
      ],
      [{ text: '{}' }, { text: '{}' }],
    ],
    [
      [0, 1],
      [0, 1],
    ],
  ],
  [
    'where every call has the same number, another name or a new id with a beginning is another call',
    [
      [{ index: 0, id: 'a', name: 'f', text: '{}' }],
      [{ index: 0, id: 'b', name: 'f', text: '{}' }],
      [{ index: 0, name: 'g', text: '{' }],
      [{ index: 0, text: '}' }],
    ],
    [[0], [1], [2], [2]],
  ],
  [
    'an id that changes from piece to piece of one call makes no other call of it',
    [
      [{ index: 0, id: 'a', name: 'f', text: '{"x"' }],
      [{ index: 0, id: 'b', text: ':1' }],
      [{ index: 0, id: 'c', name: 'f', text: '}' }],
    ],
    [[0], [0], [0]],
  ],
  [
    'what is no number counts as none',
    [[{ index: null, id: 'a', name: 'f' }], [{ index: -1, id: 'b', name: 'f' }]],
    [[0], [1]],
  ],
])('%s', (_name, deltas, expected) => expect(numbersOf(...deltas)).toEqual(expected))

test('what is no object is left out', () => {
  expect(new CallNumbers().number([null, 'x', { id: 'a', function: { name: 'f' } }])).toEqual([
    { id: 'a', function: { name: 'f' }, index: 0 },
  ])
})
