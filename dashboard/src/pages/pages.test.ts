import { expect, test } from 'vitest'
import { ORGANIZATION_PAGES, type PageEntry, WORKSPACE_PAGES } from './pages.ts'

/* What is looked at most comes first, settings come last. A page that isn't named here may stand anywhere between. */
const IN_WORKSPACE = [
  ...['Overview', 'Keys', 'Members', 'Guardrails', 'Budgets', 'Routing', 'BYOK', 'Presets', 'Observability', 'Logs'],
  ...['Activity', 'Playground', 'Settings'],
]
const IN_ORGANIZATION = ['Models', 'Credits', 'Audit log', 'Organization', 'Alerts']

test.each([
  ['a workspace', WORKSPACE_PAGES, IN_WORKSPACE],
  ['the organization', ORGANIZATION_PAGES, IN_ORGANIZATION],
] as [string, readonly PageEntry[], string[]][])('the rail names the pages of %s in one order', (_of, pages, order) => {
  const titles = pages.map(({ title }) => title)
  const known = titles.filter((title) => order.includes(title))
  expect(known).toEqual(order.filter((title) => titles.includes(title)))
  expect(known.length).toBeGreaterThan(4)
})
