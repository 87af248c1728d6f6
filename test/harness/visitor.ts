import { createHmac } from 'node:crypto'

/** A browser, as far as signing in needs one: it keeps cookies and says which page it is on. */
export class Visitor {
  readonly #url: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #cookies = new Map<string, string>()
  /** Of the last answer, as the browser got them. */
  setCookies: readonly string[] = []

  /** `headers` go with every request, over those of a browser. */
  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    this.#url = url
    this.#headers = headers
  }

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  set cookie(text: string) {
    this.#cookies.clear()
    for (const pair of text.split('; ')) {
      const at = pair.indexOf('=')
      if (at > 0) this.#cookies.set(pair.slice(0, at), pair.slice(at + 1))
    }
  }

  /** A browser that has the same cookies, and goes its own way from then on. */
  copy(): Visitor {
    const other = new Visitor(this.#url, this.#headers)
    other.cookie = this.cookie
    return other
  }

  post(path: string, body: unknown = {}, headers: Readonly<Record<string, string>> = {}): Promise<VisitorAnswer> {
    return this.call('POST', path, { body, headers })
  }

  get(path: string): Promise<VisitorAnswer> {
    return this.call('GET', path, {})
  }

  async call(
    method: string,
    path: string,
    {
      body,
      headers = {},
      isBare = false,
    }: { body?: unknown; headers?: Readonly<Record<string, string>>; isBare?: boolean },
  ): Promise<VisitorAnswer> {
    const page = isBare ? {} : { origin: this.#url, 'sec-fetch-site': 'same-origin' }
    const own = { ...page, cookie: this.cookie, ...this.#headers }
    const typed = body === undefined ? {} : { 'content-type': 'application/json' }
    const response = await fetch(new URL(path, this.#url), {
      method,
      redirect: 'manual',
      headers: { ...own, ...typed, ...headers },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    })
    this.setCookies = response.headers.getSetCookie()
    for (const line of this.setCookies) this.#keep(line)
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: parse(text), text }
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';')
    const at = pair.indexOf('=')
    const isGone = attributes.some((attribute) => attribute.trim().toLowerCase() === 'max-age=0')
    if (isGone) this.#cookies.delete(pair.slice(0, at))
    else this.#cookies.set(pair.slice(0, at), pair.slice(at + 1))
  }
}

export interface VisitorAnswer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it
  body: any
  text: string
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const STEP_MS = 30_000

/** The six digits that an authenticator shows. Source: RFC 6238 and 4226. */
export function totpCode(secret: string, now = Date.now()): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(now / STEP_MS)))
  const digest = createHmac('sha1', fromBase32(secret)).update(counter).digest()
  const offset = (digest.at(-1) ?? 0) & 0xf
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** The six digits that it shows next, which are good already: for who has just used those of now. */
export function nextTotpCode(secret: string): string {
  return totpCode(secret, Date.now() + STEP_MS)
}

export function fromBase32(text: string): Buffer {
  const bits = [...text.replace(/=+$/, '')]
    .map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0'))
    .join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
