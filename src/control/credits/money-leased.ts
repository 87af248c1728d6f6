import { AppError } from '../../domain/app-error.ts'

/** More is wanted of a pool than is free, and replicas have leased the rest: some of that may come back when it is asked for. */
export class MoneyLeased extends AppError {
  /** The side of the ledger. */
  readonly pool: string

  constructor(pool: string, message: string) {
    super('invalid_request', message)
    this.pool = pool
  }
}
