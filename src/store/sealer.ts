import { randomBytes } from 'node:crypto'
import { SealBroken, seal, unseal } from '../platform/sealing.ts'
import { type Db, type Tx, toIso } from './schema.ts'

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
  readonly #dataKeys = new Map<string, Buffer>()
  /** Keys made in a transaction that may yet fail: good for nothing but that transaction. */
  readonly #unborn = new WeakMap<Db, { organizationId: string; key: Buffer }>()

  /** `rootKey`: 32 bytes, `deriveKey(secret, 'sealing')`. */
  constructor(rootKey: Buffer) {
    this.#rootKey = rootKey
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

  /** Wraps every data key with another root key. What is sealed stays as it is; call it with no other process running. */
  async rewrap(tx: Tx, newRootKey: Buffer, now: number): Promise<number> {
    const rows = await tx.selectFrom('sealing_key').selectAll().forUpdate().execute()
    for (const { organization_id, wrapped_key } of rows) {
      const key = unseal(this.#rootKey, wrapPlace(organization_id), wrapped_key)
      await tx
        .updateTable('sealing_key')
        .set({ wrapped_key: seal(newRootKey, wrapPlace(organization_id), key), rewrapped_at: toIso(now) })
        .where('organization_id', '=', organization_id)
        .execute()
    }
    return rows.length
  }

  #known(db: Db, organizationId: string): Buffer | undefined {
    const unborn = this.#unborn.get(db)
    return unborn?.organizationId === organizationId ? unborn.key : this.#dataKeys.get(organizationId)
  }

  async #dataKey(tx: Tx, organizationId: string): Promise<Buffer> {
    const known = this.#known(tx, organizationId) ?? (await this.#load(tx, organizationId))
    if (known) return known
    const wrapped_key = seal(this.#rootKey, wrapPlace(organizationId), randomBytes(DATA_KEY_BYTES))
    await tx
      .insertInto('sealing_key')
      .values({ organization_id: organizationId, wrapped_key, created_at: toIso(Date.now()) })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    // Read back, because another process may have been first.
    const row = await this.#find(tx, organizationId)
    if (row === undefined) throw new Error('the sealing key that was just made is not there')
    const key = unseal(this.#rootKey, wrapPlace(organizationId), row)
    this.#unborn.set(tx, { organizationId, key })
    return key
  }

  async #load(db: Db, organizationId: string): Promise<Buffer | undefined> {
    const row = await this.#find(db, organizationId)
    if (row === undefined) return undefined
    const key = unseal(this.#rootKey, wrapPlace(organizationId), row)
    this.#dataKeys.set(organizationId, key)
    return key
  }

  async #find(db: Db, organizationId: string): Promise<string | undefined> {
    const row = await db
      .selectFrom('sealing_key')
      .select('wrapped_key')
      .where('organization_id', '=', organizationId)
      .executeTakeFirst()
    return row?.wrapped_key
  }
}

function placeText(organizationId: string, { table, row, column }: SealedPlace): string {
  return JSON.stringify([organizationId, table, row, column])
}

function wrapPlace(organizationId: string): string {
  return JSON.stringify(['sealing_key', organizationId])
}
