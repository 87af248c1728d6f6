import type { FastifyInstance } from 'fastify'
import { openApiDocument } from '../contract/openapi.ts'
import { toYaml } from '../contract/yaml-text.ts'

/** The contract as a document, in both ways to write it. Made for the first who asks, for making it takes a tenth of a start. */
export function mountOpenApi(app: FastifyInstance): void {
  let document: ReturnType<typeof openApiDocument> | undefined
  let yaml: string | undefined
  const theDocument = () => {
    document ??= openApiDocument()
    return document
  }
  app.get('/openapi.json', async () => theDocument())
  app.get('/openapi.yaml', async (_request, reply) => {
    yaml ??= toYaml(theDocument())
    return reply.type('application/yaml; charset=utf-8').send(yaml)
  })
}
