import { expect, test } from 'vitest'
import { appName, appNumber, appOf } from './app-identity.ts'

test.each([
  ['https://a.test', 'The App', 'The App'],
  ['https://a.test', null, 'https://a.test'],
  ['https://a.test', '', 'https://a.test'],
  ['', 'Only a title', 'Only a title'],
])('%s with the title %s is called %s, and has one number', (origin, title, name) => {
  const app = appOf(origin, title)
  expect(appName(app)).toBe(name)
  expect(appNumber(app)).toBe(appNumber(appOf(origin, title)))
})

test('a number is a positive integer of 31 bits; another title is another app; nobody has none', () => {
  expect(appNumber('https://a.test')).toBeGreaterThanOrEqual(0)
  expect(appNumber('https://a.test')).toBeLessThan(2 ** 31)
  expect(appNumber(appOf('https://a.test', 'x'))).not.toBe(appNumber('https://a.test'))
  expect(appNumber(appOf('', null))).toBeNull()
})
