/*
 * Some providers of ranks charge by search units: a question about so many documents, where a long document counts as several.
 * Source: Cohere docs, "How does Cohere's pricing work?": up to 100 documents, and one of more than 500 tokens with the question
 * is split.
 */

const PIECES_PER_UNIT = 100
/** Of a document's piece that the question leaves room for in any case; no tokenizer makes more tokens than bytes. */
const PIECE_BYTES_MIN = 250
/** A picture is one piece. */
type RankedDocument = string | Readonly<Record<string, unknown>>

/** The most units that ranking these may be charged as. */
export function mostSearchUnits(documents: readonly RankedDocument[]): number {
  const pieces = documents.reduce((sum, document) => sum + piecesOf(document), 0)
  return Math.ceil(pieces / PIECES_PER_UNIT)
}

/** The most units more where documents have become so many bytes longer: each byte may begin another piece. */
export function moreSearchUnits(bytes: number): number {
  return Math.ceil(bytes / PIECES_PER_UNIT)
}

function piecesOf(document: RankedDocument): number {
  if (typeof document === 'string') return textPieces(document)
  const { image, ...rest } = document
  return textPieces(JSON.stringify(rest)) + (image === undefined ? 0 : 1)
}

function textPieces(text: string): number {
  return Math.floor(Buffer.byteLength(text) / PIECE_BYTES_MIN) + 1
}
