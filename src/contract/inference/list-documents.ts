import { type DocumentParts, inferenceDocument } from './chat-document.ts'
import { CompletionRequest } from './completions.ts'
import { EmbeddingsRequest } from './embeddings.ts'
import { RerankRequest } from './rerank.ts'

type Json = Record<string, unknown>

const TEXT = { type: 'string' }
const OBJECT = { type: 'object' }
const listOf = (items: Json) => ({ type: 'array', items })

/** The path objects of completions, embeddings and rerank. */
export function listDocuments(parts: DocumentParts): Record<string, Json> {
  return {
    '/api/v1/completions': inferenceDocument(parts, {
      operationId: 'sendCompletionRequest',
      summary: 'Have a model go on from a text',
      request: CompletionRequest,
      description: 'The answer; with `stream: true` as events, each a chunk, the last one `[DONE]`',
      answer: {
        ...OBJECT,
        required: ['id', 'object', 'created', 'model', 'choices'],
        properties: {
          id: TEXT,
          object: { const: 'text_completion' },
          created: { type: 'integer' },
          model: TEXT,
          choices: listOf(OBJECT),
          usage: OBJECT,
        },
      },
      isStreamed: true,
    }),
    '/api/v1/embeddings': inferenceDocument(parts, {
      operationId: 'createEmbeddings',
      summary: 'Turn texts into vectors',
      request: EmbeddingsRequest,
      description: 'A vector for each input, in their order',
      answer: {
        ...OBJECT,
        required: ['object', 'data', 'model'],
        properties: { id: TEXT, object: { const: 'list' }, model: TEXT, data: listOf(OBJECT), usage: OBJECT },
      },
      isStreamed: false,
    }),
    '/api/v1/rerank': inferenceDocument(parts, {
      operationId: 'createRerank',
      summary: 'Order documents by how well they answer a query',
      request: RerankRequest,
      description: 'The documents, best first',
      answer: {
        ...OBJECT,
        required: ['model', 'results'],
        properties: { id: TEXT, model: TEXT, provider: TEXT, results: listOf(OBJECT), usage: OBJECT },
      },
      isStreamed: false,
    }),
  }
}
