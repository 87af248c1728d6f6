export interface RequestOptions {
  /** Default: the management key, or none beside a cookie. `null` sends no Authorization header. */
  key?: string | null
  /** A Cookie header, such as `gateway.sessions.viewer.cookie`: sent as the gateway's own page would send it. */
  cookie?: string
  /** Sent as JSON. */
  body?: unknown
  /** Sent as it is. */
  rawBody?: string | Uint8Array<ArrayBuffer>
  headers?: Readonly<Record<string, string>>
}

export interface Answer {
  status: number
  headers: Headers
  /** JSON when it parses as such, else text. */
  body: unknown
}
