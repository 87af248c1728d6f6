import type { FastifyServerOptions } from 'fastify'

/**
 * The framework compiles no schema here: the contract's own parse what comes in. Naming what would compile them keeps the
 * framework from loading a hundred modules for it at each start.
 */
export const WITHOUT_SCHEMAS: NonNullable<FastifyServerOptions['schemaController']> = {
  compilersFactory: { buildValidator: refuse, buildSerializer: refuse },
}

function refuse(): never {
  throw new Error('a route has a schema of the framework; the contract is where it belongs')
}
