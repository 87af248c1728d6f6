import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import { toYaml } from '../contract/yaml-text.ts'

/** What the contract says, written beside the code, where a check holds it to the contract: making it would stop every stream. */
const DOCUMENT = new URL('../../docs/api/openapi.json', import.meta.url)

/** The contract as a document, in both ways to write it. */
export function mountOpenApi(app: FastifyInstance): void {
  let yaml: string | undefined
  app.get('/openapi.json', async (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(await readFile(DOCUMENT)),
  )
  app.get('/openapi.yaml', async (_request, reply) => {
    yaml ??= toYaml(JSON.parse(await readFile(DOCUMENT, 'utf8')))
    return reply.type('application/yaml; charset=utf-8').send(yaml)
  })
}
