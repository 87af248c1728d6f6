import { expect, test } from 'vitest'
import { markdownTree, type Part, safeLink } from './markdown-tree.ts'

const all = (parts: readonly Part[]): Part[] => parts.flatMap((part) => [part, ...all(part.children)])
const allOf = (text: string) => all(markdownTree(text) ?? [])
const textOf = (text: string) =>
  allOf(text)
    .filter(({ type }) => ['text', 'code_inline', 'fence'].includes(type))
    .map((part) => part.text)
    .join('')

test.each([
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  ' javascript:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  'file:///etc/passwd',
  '//evil.example',
  '/workspaces',
  'https://bank.example@evil.example/',
  'blob:https://a.example/1',
])('a link to %s can not be followed', (target) => expect(safeLink(target)).toBeUndefined())

test('a link to a page of the web can be', () => {
  expect(safeLink('https://a.example/b?c#d')).toBe('https://a.example/b?c#d')
  expect(allOf('[a](https://a.example/b)').find(({ type }) => type === 'link')?.href).toBe('https://a.example/b')
})

test('HTML stays the text that it is', () => {
  const text = '<script>alert(1)</script><img src=x onerror=alert(1)>'
  expect(textOf(text)).toBe(text)
  expect(allOf(text).some(({ type }) => type.startsWith('html'))).toBe(false)
})

test('lists, code and tables keep their parts', () => {
  const types = allOf('3. a\n4. b\n\n```js\nlet x\n```\n\n|a|b|\n|-|-|\n|1|2|\n').map(({ type }) => type)
  expect(types).toEqual(expect.arrayContaining(['ordered_list', 'list_item', 'fence', 'table', 'thead', 'th', 'td']))
  expect(markdownTree('3. a')?.[0]?.start).toBe(3)
})

test('what is nested deeper than is read is not cut but no Markdown', () => {
  expect(markdownTree(`${'> '.repeat(20_000)}end`)).toBeUndefined()
  expect(markdownTree(`${'- '.repeat(200)}end`)).toBeUndefined()
  expect(textOf(`${'['.repeat(20_000)}end`)).toContain('end')
  expect(textOf(`${'> '.repeat(10)}end`)).toBe('end')
})
