import { expect, test } from 'vitest'
import { toVisible } from './visible-text.ts'

test.each([
  ['what is written stays', 'a\tb\nc — שלום 👩‍👩‍👧', 'a\tb\nc — שלום 👩‍👩‍👧'],
  ['a terminal is not told anything', 'a\u001b[31mb\u0000', 'a[U+001B][31mb[U+0000]'],
  ['text is not turned around', 'abc\u202edef\u2066', 'abc[U+202E]def[U+2066]'],
  ['nothing is hidden in tags', `a${String.fromCodePoint(0xe0041)}`, 'a[U+E0041]'],
  ['lines end alike', 'a\r\nb\rc', 'a\nb[U+000D]c'],
])('%s', (_name, text, expected) => expect(toVisible(text)).toBe(expected))
