import { expect, test } from 'vitest'
import { renderAnswer } from './print-answer.ts'

test('a page is a table, what names a row first, and what is beside it below', () => {
  const body = {
    data: [
      { usage: 1.5, name: 'ci', id: 'a' },
      { usage: 0, name: 'longer', id: 'b' },
    ],
    total_count: 2,
  }
  expect(renderAnswer(body, 80)).toBe('ID  NAME    USAGE\na   ci      1.5\nb   longer  0\n\ntotal_count  2\n')
})

test('a table is no wider than the terminal, but has one column at least', () => {
  const body = { data: [{ id: 'x'.repeat(30), name: 'y'.repeat(30), role: 'z' }] }
  for (const line of renderAnswer(body, 64).split('\n')) expect(line.length).toBeLessThanOrEqual(64)
  expect(renderAnswer(body, 64)).not.toContain('ROLE')
  expect(renderAnswer(body, 64)).toMatch(/\n\(--json also shows role\)\n$/)
  expect(renderAnswer(body, 10)).toContain('x'.repeat(30))
})

test('one thing is a line for each field, and a secret beside it is whole', () => {
  const key = 's'.repeat(73)
  expect(renderAnswer({ data: { name: 'ci', limit: null, permissions: ['inference'] }, key }, 80)).toBe(
    `name         ci\nlimit        -\npermissions  ["inference"]\n\nkey  ${key}\n`,
  )
})

test('an empty page says so', () => expect(renderAnswer({ data: [] }, 80)).toBe('none\n'))

test('a name that steers the terminal does not', () => {
  expect(renderAnswer({ data: [{ name: 'a\u001b[2Jb\nc' }] }, 80)).toBe('NAME\na [2Jb c\n')
})

test('ids are whole, for the next command; what refers to other things gives way to what tells of this one', () => {
  const row = { workspace_id: 'w'.repeat(36), hash: 'h'.repeat(64), note: 'n'.repeat(60), spent: 5 }
  const text = renderAnswer({ data: [row] }, 120)
  expect(text).toMatch(/^HASH +NOTE +SPENT\n/)
  expect(text).toContain(row.hash)
  expect(text).toContain(`${'n'.repeat(39)}… `)
  expect(text).toContain('(--json also shows workspace_id)')
})

test('what has an id of its own is told by that, and not by the hash of its content', () => {
  const row = { id: 'i'.repeat(36), hash: 'h'.repeat(64), user_id: 'user_1', action: 'createKeys' }
  expect(renderAnswer({ data: [row] }, 80)).toMatch(/^ID +USER_ID +ACTION\n/)
})
