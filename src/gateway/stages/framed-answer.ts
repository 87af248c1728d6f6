import type { ServerResponse } from 'node:http'

const CRLF = '\r\n'
const LAST_CHUNK = '0\r\n\r\n'

/** An answer of unknown length. Its chunks (RFC 9112, 7.1) are framed here, because node:http writes each as four pieces, and a stream
 *  has many that are short. Who begins with it writes and ends by it alone. */
export class FramedAnswer {
  readonly #response: ServerResponse
  readonly #headers: Readonly<Record<string, string | number>>
  /** Not where the caller's HTTP is too old for chunks: there the end of the connection is the end. */
  #isFramed = false

  constructor(response: ServerResponse, headers: Readonly<Record<string, string | number>>) {
    this.#response = response
    this.#headers = headers
  }

  get hasBegun(): boolean {
    return this.#response.headersSent
  }

  /** Whether the connection takes more at once; else `drain` is told by the response. */
  write(text: string): boolean {
    this.#begin()
    return this.#response.write(this.#frame(text))
  }

  end(text: string): void {
    this.#begin()
    this.#response.end(this.#isFramed ? this.#frame(text) + LAST_CHUNK : text)
  }

  #begin(): void {
    if (this.hasBegun) return
    this.#response.writeHead(200, { ...this.#headers })
    this.#isFramed = this.#response.chunkedEncoding
    this.#response.chunkedEncoding = false
  }

  /** A chunk without bytes would be the last. */
  #frame(text: string): string {
    if (!this.#isFramed || text === '') return text
    return Buffer.byteLength(text).toString(16) + CRLF + text + CRLF
  }
}
