import { PGlite } from '@electric-sql/pglite'
import { engineOptions } from './engine-settings.ts'

/*
 * The program of a child process that makes an empty database in the directory named by its argument and exits. A process of
 * its own, because creating takes a second copy of the engine and some 300 MB that a thread would never give back.
 */

const [directory] = process.argv.slice(2)
if (directory === undefined) throw new Error('usage: create-cluster.ts <directory>')

// Standard input ends when the parent is gone: nobody wants the result any more.
process.stdin.on('end', () => process.exit(1)).resume()

const fail = (message: string): never => {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
try {
  const database = await PGlite.create(engineOptions(directory, fail))
  await database.close()
} catch (error) {
  fail(error instanceof Error ? error.message : String(error))
}
process.exit(0)
