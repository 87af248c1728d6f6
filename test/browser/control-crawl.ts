import type { Locator, Page, Request } from 'playwright-core'
import type { Operation } from '../../src/contract/operation.ts'
import { OPERATIONS } from '../../src/contract/operations.ts'

/*
 * Finds the controls of a page that change something: those that stand there, and those behind whatever can be opened. Everything
 * that doesn't carry the name of an operation is pressed, so that one that changes something without its name is found out.
 */

/** Of a list, rows are alike. */
const ROWS_MAX = 1
const PRESSES_MAX = 40
const PRESS_MS = 5_000
const OPENERS = 'button:not([data-operation]):not([disabled]), [role=tab]'
const LEAVES = /^(?:Close|Cancel|Copy|Print|CSV|Back|Next|Try again)/
const LOADING = '[aria-label^="Loading"], .animate-pulse'
const TWO_FRAMES = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))'

const changes = (Object.values(OPERATIONS) as readonly Operation[]).filter(({ effect }) => effect !== 'read')

export class ControlCrawl {
  readonly #page: Page
  readonly #onShown: (where: string) => Promise<void>
  readonly #open: Set<Request> = new Set()
  readonly #changed: string[] = []

  /** `onShown` is called of the page as it stands there, and of whatever was opened. */
  constructor(page: Page, onShown: (where: string) => Promise<void> = async () => {}) {
    this.#page = page
    this.#onShown = onShown
    page.on('request', (request) => {
      this.#open.add(request)
      const path = new URL(request.url()).pathname
      const made = changes.find((change) => change.method === request.method() && pattern(change).test(path))
      if (made !== undefined) this.#changed.push(made.id)
    })
    const isOver = (request: Request) => this.#open.delete(request)
    page.on('requestfinished', isOver).on('requestfailed', isOver)
  }

  /** What was changed by controls that don't say so; forgotten once told. */
  takeChanged(): string[] {
    return this.#changed.splice(0)
  }

  async go(path: string): Promise<void> {
    await this.#page.evaluate(
      `history.pushState({}, '', ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent('popstate'))`,
    )
    await this.settle()
  }

  /** The names of all operations that a control of the page stands for. */
  async operationsOf(path: string): Promise<Set<string>> {
    await this.go(path)
    const found = new Set<string>()
    // Some addresses open one thing.
    await this.#exploreOpened(found)
    await this.#explore(this.#page.locator('main'), found)
    return found
  }

  /** Presses what can be pressed, each once, and what that opens; what stands in a tab before the next tab. */
  async #explore(around: Locator, found: Set<string>, isInside = false): Promise<void> {
    const pressed = new Set<string>()
    let where = this.#page.url()
    while (pressed.size < PRESSES_MAX) {
      await this.#addNamesIn(around, found)
      await this.#onShown(where)
      const openers = (await this.#openersIn(around)).filter(({ key }) => !pressed.has(key))
      const next = openers.find(({ isTab }) => !isTab) ?? openers[0]
      if (next === undefined) return
      pressed.add(next.key)
      where = `${this.#page.url()} ${next.key}`
      const opener = around.locator(OPENERS).nth(next.at)
      await opener.click({ timeout: PRESS_MS })
      await this.settle()
      const menu = this.#page.getByRole('menu')
      if ((await menu.count()) > 0) {
        await this.#addNamesIn(menu, found)
        await opener.click({ timeout: PRESS_MS })
        await menu.waitFor({ state: 'detached' })
        continue
      }
      if (!isInside) await this.#exploreOpened(found)
    }
  }

  async #exploreOpened(found: Set<string>): Promise<void> {
    const opened = this.#page.locator('dialog[open]').last()
    if ((await opened.count()) === 0) return
    await this.#explore(opened, found, true)
    await this.#page.keyboard.press('Escape')
    await this.settle()
  }

  /** Until nothing is asked and nothing loads any more. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 2; ) {
      await this.#page.evaluate(TWO_FRAMES)
      const isBusy = this.#open.size > 0 || (await this.#page.locator(LOADING).count()) > 0
      quiet = isBusy ? 0 : quiet + 1
    }
  }

  async #addNamesIn(around: Locator, found: Set<string>): Promise<void> {
    const names = await around
      .locator('[data-operation]')
      .evaluateAll((all) => all.filter((one) => one.checkVisibility()).map((one) => one.getAttribute('data-operation')))
    for (const name of names) if (name !== null) found.add(name)
  }

  /** What can be pressed, of a table what its first rows have. */
  async #openersIn(around: Locator): Promise<{ at: number; key: string; isTab: boolean }[]> {
    const all = await around.locator(OPENERS).evaluateAll((elements) =>
      elements.map((one) => ({
        isTab: one.getAttribute('role') === 'tab',
        isSeen: one.checkVisibility(),
        row: one.closest('tr')?.sectionRowIndex ?? -1,
        cell: one.closest('td')?.cellIndex ?? -1,
        table: one.closest('section[aria-label]')?.ariaLabel ?? '',
        label: (one.ariaLabel ?? one.textContent ?? '').trim(),
      })),
    )
    return all.flatMap(({ isTab, isSeen, row, cell, table, label }, at) => {
      if (!isSeen || row >= ROWS_MAX || LEAVES.test(label)) return []
      return [{ at, key: row < 0 ? label : `${table} ${row} ${cell}`, isTab }]
    })
  }
}

function pattern({ path }: Operation): RegExp {
  return new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`)
}
