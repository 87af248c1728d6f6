import axe from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

/*
 * A person with a browser on the built dashboard. Whatever a page does that no page may do is noted: errors on its console,
 * violations of its content security policy, requests to other hosts.
 */

export type Theme = 'light' | 'dark'

const CHROMIUM = '/usr/bin/chromium'
const SETTLE_MS = 15_000
const LOADING = '[aria-label^="Loading"], .animate-pulse'
/** What the browser says of an answer that is no success; what the page makes of it is looked at on the page. */
const FAILED_LOAD = /^Failed to load resource: the server responded with a status of 4\d\d/

/* Run in the browser, whose names aren't known here. */
const TELL_VIOLATIONS = `addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => {
  console.error('policy violated: ' + violatedDirective + ' ' + blockedURI + ' ' + sample)
})`
const OVERHANG = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
const OUT_OF_REACH = `[...document.querySelectorAll('main :is(a, button, input, select, textarea)')]
  .filter((control) => control.checkVisibility() && control.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((control) => 'out of reach at the right: ' + (control.ariaLabel ?? control.textContent ?? '').slice(0, 60))`
const RUN_AXE = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
  .filter(({ impact }) => impact === 'serious' || impact === 'critical')
  .flatMap(({ id, nodes }) => nodes.map(({ html, target }) => id + ': ' + target.join(' ') + ' ' + html.slice(0, 160))))`

export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

export interface VisitorOptions {
  url: string
  theme?: Theme
  width?: number
  height?: number
  /** As in the header of a signed-in browser: `name=value`. */
  cookie?: string
}

export class Visitor {
  readonly page: Page
  readonly #context: BrowserContext
  readonly #url: string
  readonly #faults: string[] = []

  static async arrive(browser: Browser, options: VisitorOptions): Promise<Visitor> {
    const { url, theme = 'light', width = 1440, height = 900, cookie } = options
    const context = await browser.newContext({
      baseURL: url,
      colorScheme: theme,
      viewport: { width, height },
      permissions: ['clipboard-read', 'clipboard-write'],
      reducedMotion: 'reduce',
    })
    if (cookie !== undefined) {
      const [name = '', ...value] = cookie.split('=')
      await context.addCookies([{ name, value: value.join('='), url, httpOnly: true, sameSite: 'Lax' }])
    }
    await context.addInitScript({ content: TELL_VIOLATIONS })
    return new Visitor(context, await context.newPage(), url)
  }

  private constructor(context: BrowserContext, page: Page, url: string) {
    this.#context = context
    this.page = page
    this.#url = url
    page.on('pageerror', (error) => this.#faults.push(`threw ${error.message}`))
    page.on('console', (message) => {
      if (message.type() === 'error' && !FAILED_LOAD.test(message.text())) this.#faults.push(message.text())
    })
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url())
      if (protocol.startsWith('http') && origin !== this.#url) this.#faults.push(`asked ${request.url()}`)
    })
  }

  /** With a management key, which is in the page's memory: from here on `go`, which doesn't load the page anew. */
  async enterWithKey(key: string): Promise<void> {
    await this.page.goto('/sign-in')
    const field = this.page.getByLabel('Management or read-only key')
    await this.page.getByText('Use a key instead').waitFor()
    if (!(await field.isVisible())) await this.page.getByText('Use a key instead').click()
    await field.fill(key)
    await this.page.getByRole('button', { name: 'Continue with the key' }).click()
    await this.page
      .getByRole('navigation', { name: 'Pages' })
      .or(this.page.getByLabel('Open the menu'))
      .first()
      .waitFor()
    await this.settle()
  }

  /** To another page, as a click on a link would. */
  async go(path: string): Promise<void> {
    await this.page.evaluate(
      `history.pushState({}, '', ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent('popstate'))`,
    )
    await this.settle()
  }

  /** Until nothing loads any more. */
  async settle(): Promise<void> {
    await this.page.waitForLoadState('networkidle', { timeout: SETTLE_MS }).catch(() => {})
    await this.page.locator(LOADING).first().waitFor({ state: 'detached', timeout: SETTLE_MS })
  }

  /** What axe finds that is serious or critical, each as `rule: element`. */
  async accessibilityFaults(): Promise<string[]> {
    await this.page.evaluate(axe.source)
    return await this.page.evaluate<string[]>(RUN_AXE)
  }

  /** What no page may do, so far; forgotten once told. */
  takeFaults(): string[] {
    return this.#faults.splice(0)
  }

  /** How much wider the page is than the window: nothing may stick out. */
  async overhang(): Promise<number> {
    return await this.page.evaluate<number>(OVERHANG)
  }

  /** Controls for which one would have to scroll sideways. */
  async outOfReach(): Promise<string[]> {
    return await this.page.evaluate<string[]>(OUT_OF_REACH)
  }

  async leave(): Promise<void> {
    await this.#context.close()
  }
}
