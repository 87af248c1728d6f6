import type { ChatRequest } from '../../dialects/chat-request.ts'
import { MEDIUM_TOKENS } from '../../dialects/media-tokens.ts'
import type { Model } from '../../domain/catalogue.ts'
import { type Compressed, compressContext, type Fit, fitFor, mayExceed } from '../../domain/context-compression.ts'
import { NO_PLUGINS, type PluginsInForce, pluginsInForce } from '../../domain/plugins.ts'
import type { RouterTrace } from '../router-metadata.ts'
import type { KeySnapshot, Snapshot } from '../snapshot/snapshot.ts'
import type { LargeBodyParser } from './large-body-parser.ts'

const NOTHING_ASKED = { plugins: null, transforms: null } as const

/** What holds for a request of plugins. */
export function pluginsOf(
  { extras }: ChatRequest,
  { workspaceId }: Pick<KeySnapshot, 'workspaceId'>,
  snapshot: Snapshot,
): PluginsInForce {
  const defaults = (workspaceId === null ? null : snapshot.findWorkspace(workspaceId)?.pluginDefaults) ?? null
  return extras === null && defaults === null ? NO_PLUGINS : pluginsInForce(extras ?? NOTHING_ASKED, defaults)
}

/** What a request has to be made to fit into; null where it isn't to be compressed, or is short. */
export function fitOf(chat: ChatRequest, model: Model | undefined, { compression }: PluginsInForce): Fit | null {
  // What only the client's own format has words for would be lost.
  if (model === undefined || chat.nativeOnly !== null || chat.payload.kind !== 'chat') return null
  const fit = fitFor(model, compression, chat.requestedTokens)
  return fit !== null && mayExceed(Buffer.byteLength(chat.payload.passedOn), fit) ? fit : null
}

/** The request without what is in its middle, as far as that is needed and can be done. */
export async function fitContext(
  chat: ChatRequest,
  fit: Fit,
  largeBodies: LargeBodyParser,
  trace: RouterTrace | null,
): Promise<ChatRequest> {
  const { passedOn } = chat.payload
  const compressed =
    typeof passedOn === 'string' ? compressContext(passedOn, fit) : await largeBodies.compress(passedOn, fit)
  if (compressed === null) return chat
  trace?.compressed(compressed)
  return withCompressed(chat, compressed)
}

/** The hold covers what is forwarded. */
function withCompressed(chat: ChatRequest, { imagesRemoved, mediaRemoved, passedOn }: Compressed): ChatRequest {
  const before = chat.payload.passedOn
  const fewerBytes = Math.max(0, Buffer.byteLength(before) - Buffer.byteLength(passedOn))
  return {
    ...chat,
    inputTokens: Math.max(1, chat.inputTokens - fewerBytes - mediaRemoved * MEDIUM_TOKENS),
    images: chat.images - imagesRemoved,
    needs: { ...chat.needs, leastInputTokens: Math.max(0, chat.needs.leastInputTokens - fewerBytes) },
    // What the client sent in its own format is longer.
    payload: { ...chat.payload, native: null, passedOn: typeof before === 'string' ? passedOn : Buffer.from(passedOn) },
  }
}
