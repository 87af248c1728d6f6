import { randomBytes } from 'node:crypto'
import type { Selectable } from 'kysely'
import { SealBroken, seal, unseal } from '../platform/sealing.ts'
import { type Db, type Tx, toIso } from './schema.ts'
import type { SealingKeyTable } from './tables/audit.ts'

const DATA_KEY_BYTES = 32

/** Where a sealed text stands. It opens nowhere else, nor for another organization. */
export interface SealedPlace {
  table: string
  row: string
  column: string
}

/**
 * Seals and opens the secrets of organizations: each has a data key, made when it is first needed, kept wrapped by a key from
 * the installation's secret. Opened data keys stay in memory for as long as the process lives.
 */
export class Sealer {
  readonly #rootKey: Buffer
  readonly #previousRootKey: Buffer | null
  readonly #dataKeys = new Map<string, Buffer>()
  /** Keys made in a transaction that may yet fail: good for nothing but that transaction. */
  readonly #unborn = new WeakMap<Db, { organizationId: string; key: Buffer }>()

  /** Root keys are 32 bytes (`createSealer`); while the secret is being rotated, data keys are wrapped with the
   *  previous one too, and opened by either. */
  constructor(rootKey: Buffer, previousRootKey: Buffer | null = null) {
    this.#rootKey = rootKey
    this.#previousRootKey = previousRootKey
  }

  async seal(tx: Tx, organizationId: string, place: SealedPlace, plaintext: string): Promise<string> {
    return seal(await this.#dataKey(tx, organizationId), placeText(organizationId, place), plaintext)
  }

  /** Throws SealBroken. */
  async unseal(db: Db, organizationId: string, place: SealedPlace, sealed: string): Promise<string> {
    const key = this.#known(db, organizationId) ?? (await this.#load(db, organizationId))
    if (key === undefined) throw new SealBroken()
    return unseal(key, placeText(organizationId, place), sealed).toString()
  }

  #known(db: Db, organizationId: string): Buffer | undefined {
    const unborn = this.#unborn.get(db)
    return unborn?.organizationId === organizationId ? unborn.key : this.#dataKeys.get(organizationId)
  }

  async #dataKey(tx: Tx, organizationId: string): Promise<Buffer> {
    const known = this.#known(tx, organizationId) ?? (await this.#load(tx, organizationId))
    if (known) return known
    const made = randomBytes(DATA_KEY_BYTES)
    const previous = this.#previousRootKey
    await tx
      .insertInto('sealing_key')
      .values({
        organization_id: organizationId,
        wrapped_key: wrapDataKey(this.#rootKey, organizationId, made),
        previous_wrapped_key: previous === null ? null : wrapDataKey(previous, organizationId, made),
        created_at: toIso(Date.now()),
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    // Read back, because another process may have been first.
    const key = await this.#find(tx, organizationId)
    if (key === undefined) throw new Error('the sealing key that was just made is not there')
    this.#unborn.set(tx, { organizationId, key })
    return key
  }

  async #load(db: Db, organizationId: string): Promise<Buffer | undefined> {
    const key = await this.#find(db, organizationId)
    if (key !== undefined) this.#dataKeys.set(organizationId, key)
    return key
  }

  /** Undefined when there is none yet. Throws SealBroken when it is there and doesn't open. */
  async #find(db: Db, organizationId: string): Promise<Buffer | undefined> {
    const row = await db
      .selectFrom('sealing_key')
      .select(['organization_id', 'wrapped_key', 'previous_wrapped_key'])
      .where('organization_id', '=', organizationId)
      .executeTakeFirst()
    if (row === undefined) return undefined
    const key = openDataKey(
      row,
      this.#previousRootKey === null ? [this.#rootKey] : [this.#rootKey, this.#previousRootKey],
    )
    if (key === undefined) throw new SealBroken()
    return key
  }
}

/** A data key as it is kept. */
export function wrapDataKey(rootKey: Buffer, organizationId: string, key: Buffer): string {
  return seal(rootKey, wrapPlace(organizationId), key)
}

/** The data key, by whichever root key opens it; undefined when none does. */
export function openDataKey(
  row: Pick<Selectable<SealingKeyTable>, 'organization_id' | 'wrapped_key' | 'previous_wrapped_key'>,
  rootKeys: readonly Buffer[],
): Buffer | undefined {
  const wraps = [row.wrapped_key, row.previous_wrapped_key].filter((wrapped) => wrapped !== null)
  for (const wrapped of wraps) {
    for (const rootKey of rootKeys) {
      try {
        return unseal(rootKey, wrapPlace(row.organization_id), wrapped)
      } catch (error) {
        if (!(error instanceof SealBroken)) throw error
      }
    }
  }
  return undefined
}

function placeText(organizationId: string, { table, row, column }: SealedPlace): string {
  return JSON.stringify([organizationId, table, row, column])
}

function wrapPlace(organizationId: string): string {
  return JSON.stringify(['sealing_key', organizationId])
}
