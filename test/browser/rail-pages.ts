import type { Browser } from 'playwright-core'
import { Visitor } from './visitor.ts'

/** The addresses of all pages that the rail leads an administrator to. */
export async function pagesInRail(
  browser: Browser,
  gateway: { url: string; managementKey: string },
): Promise<string[]> {
  const visitor = await Visitor.arrive(browser, gateway)
  await visitor.enterWithKey(gateway.managementKey)
  const links = visitor.page.getByRole('navigation', { name: 'Pages' }).getByRole('link')
  const paths: string[] = []
  for (const link of await links.all()) paths.push((await link.getAttribute('href')) ?? '')
  await visitor.leave()
  return paths
}
