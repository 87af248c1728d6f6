/** A refusal, as the API said it, or that there was no answer (`status` 0). */
export class RequestFailed extends Error {
  readonly status: number
  /** To find the request in logs; undefined when no answer came. */
  readonly requestId: string | undefined
  readonly metadata: Readonly<Record<string, unknown>>
  readonly retryAfterSeconds: number | undefined

  constructor(
    message: string,
    facts: {
      status: number
      requestId?: string | undefined
      metadata?: Readonly<Record<string, unknown>>
      retryAfterSeconds?: number | undefined
    },
  ) {
    super(message)
    this.name = 'RequestFailed'
    this.status = facts.status
    this.requestId = facts.requestId
    this.metadata = facts.metadata ?? {}
    this.retryAfterSeconds = facts.retryAfterSeconds
  }

  /** The word by which programs tell refusals of signing in apart. */
  get reason(): string | undefined {
    const { reason } = this.metadata
    return typeof reason === 'string' ? reason : undefined
  }
}

/** What a person can be told about any failure. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
