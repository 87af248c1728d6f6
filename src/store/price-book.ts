import { type Db, toIso } from './schema.ts'

/** Keeps the prices behind a version, so that any charge can be rated again. */
export async function insertPriceBook(db: Db, book: { version: string; prices: unknown; now: number }): Promise<void> {
  await db
    .insertInto('price_book')
    .values({ version: book.version, prices: JSON.stringify(book.prices), created_at: toIso(book.now) })
    .onConflict((conflict) => conflict.column('version').doNothing())
    .execute()
}
