import { expect, test } from 'vitest'
import { claudeVersion } from './version.ts'

test.each([
  ['claude-3-haiku-20240307', 300],
  ['claude-3-7-sonnet-20250219', 307],
  ['claude-sonnet-4-20250514', 400],
  ['claude-opus-4-1-20250805', 401],
  ['claude-haiku-4-5-20251001', 405],
  ['anthropic/claude-opus-4.7', 407],
  ['claude-sonnet-5', 500],
  ['claude-fable-5-1', 501],
  ['deepseek-v4', 0],
])('%s is of version %i', (model, version) => expect(claudeVersion(model)).toBe(version))
