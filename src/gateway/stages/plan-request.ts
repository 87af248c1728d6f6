import type { IncomingMessage } from 'node:http'
import type { ChatPayload, ChatRequest } from '../../dialects/chat-request.ts'
import { readReasoningWish } from '../../dialects/reasoning-wish.ts'
import { AppError } from '../../domain/app-error.ts'
import type { Catalogue, Model } from '../../domain/catalogue.ts'
import type { GuardrailInForce } from '../../domain/guardrail-in-force.ts'
import { type LeftOut, type Plan, planAttempts } from '../../domain/plan.ts'
import { pluginInForce } from '../../domain/plugins.ts'
import { AUTO_MODEL, type AutoOptions } from '../../domain/routing/auto-router.ts'
import { type MeantModel, withoutSorting } from '../../domain/routing/model-names.ts'
import { effortInsteadOfNone } from '../../domain/routing/reasoning-off.ts'
import type { GatewayParts } from '../inference.ts'
import { Conversation, nameConversation } from '../sessions/conversation.ts'
import type { KeySnapshot, WorkspaceSnapshot } from '../snapshot/snapshot.ts'
import type { Progress } from './refusal.ts'
import { readSessionHeader } from './request-headers.ts'
import { requireKind } from './require-kind.ts'
import { askableAt } from './require-translatable.ts'

export interface PlannedRequest extends Plan {
  /** Null where it has no say in where the request goes. */
  conversation: Conversation | null
}

interface PlanContext {
  key: KeySnapshot
  parts: GatewayParts
  progress: Progress
  guardrail: GuardrailInForce | null
  /** The names asked for. */
  models: readonly string[]
}

/** Where a request may go, under what restricts its key and by what its workspace sets where it says nothing itself. */
export function planRequest(
  request: IncomingMessage,
  chat: ChatRequest,
  catalogue: Catalogue,
  { key, parts, progress, guardrail, models }: PlanContext,
): PlannedRequest {
  const { trace } = progress
  const workspace = key.workspaceId === null ? undefined : parts.snapshot.findWorkspace(key.workspaceId)
  progress.isDefaultModel = chat.models.length === 0
  const byok = parts.snapshot.byok.of(key)
  const isOpenToAll = guardrail === null && byok === null && !chat.provider && chat.needs.features.length === 0
  const leftOut: LeftOut[] | undefined = isOpenToAll ? undefined : []
  progress.leftOut = leftOut
  let conversation: Conversation | null = null
  const sessionOf = (model: Model) => {
    conversation ??= conversationOf(request, chat, { key, parts, model })
    return conversation?.endpointOf(model)
  }
  const plan = planAttempts(
    {
      models,
      provider: chat.provider,
      serviceTier: chat.payload.serviceTier ?? null,
      route: chat.route,
      parameters: chat.parameters,
      needs: chat.needs,
      auto: models.some(isAuto) ? autoOptionsOf(chat, workspace) : null,
      exclusionsOf: guardrail === null ? null : guardrail.exclusionsOf,
      byok,
      allowedModels: key.allowedModels,
      defaultSort: workspace === undefined ? null : workspace.defaultProviderSort,
      health: parts.health,
      at: progress.now,
      draw: parts.random(),
      sessionOf,
      canBeAsked: askableAt(chat),
      publicUrl: parts.settings.publicUrl,
      onMeant: (meant) => {
        requireKind(meant, chat)
        keepReasoning(meant, chat.payload)
        trace?.asked(models, meant, guardrail)
      },
      onLeftOut: leftOut === undefined ? null : (one) => leftOut.push(one),
    },
    catalogue,
    parts.findBuiltInModel,
  )
  progress.routing = plan.routing
  const only = plan.routing === null ? catalogue.models.get(plan.endpoints[0]?.modelId ?? '') : undefined
  // Where it had no choice this time it is noted all the same where it went.
  if (only !== undefined && only.endpoints.length > 1) sessionOf(only)
  // The messages are in what is passed on, too; here they would stay for as long as the answer takes.
  chat.opening = ''
  trace?.left(plan.endpoints)
  return { ...plan, conversation }
}

/** Who turns reasoning off where that can't be done is told so, or has it done as little as can be. */
function keepReasoning([first]: readonly MeantModel[], payload: ChatPayload): void {
  if (payload.reasoning === null && payload.reasoningEffort === undefined) return
  if (first === undefined || readReasoningWish(payload)?.isOn !== false) return
  const effort = effortInsteadOfNone(first)
  if (effort === null) return
  payload.reasoning = { effort }
  payload.reasoningEffort = effort
  // What came in a provider's own format says it, too.
  payload.native = null
}

/** Those that the request names, else the default of its workspace. Throws `invalid_request` where there is neither. */
export function requestedModels(
  chat: ChatRequest,
  { workspaceId }: Pick<KeySnapshot, 'workspaceId'>,
  { snapshot }: Pick<GatewayParts, 'snapshot'>,
): readonly string[] {
  if (chat.models.length > 0) return chat.models
  const workspace = workspaceId === null ? undefined : snapshot.findWorkspace(workspaceId)
  const name = chat.wantsPictures ? workspace?.defaultImageModel : workspace?.defaultTextModel
  if (name) return [name]
  const which = chat.wantsPictures ? 'default model for pictures' : 'default model'
  throw new AppError('invalid_request', `model: required, because the workspace has no ${which}`)
}

function isAuto(name: string): boolean {
  return name.startsWith(AUTO_MODEL) && withoutSorting(name).base === AUTO_MODEL
}

function autoOptionsOf({ extras }: ChatRequest, workspace: WorkspaceSnapshot | undefined): AutoOptions | null {
  const entry = pluginInForce('auto-router', extras?.plugins ?? null, workspace?.pluginDefaults ?? null)
  if (entry === undefined || entry.enabled === false) return null
  return {
    allowedModels: entry.allowed_models ?? null,
    excludedModels: entry.excluded_models ?? [],
    costTier: entry.cost_tier ?? null,
  }
}

/** Null where nobody would gain by its going where it went before: no session is named, and no cache costs less. */
function conversationOf(
  request: IncomingMessage,
  chat: ChatRequest,
  { key, parts, model }: Pick<PlanContext, 'key' | 'parts'> & { model: Model },
): Conversation | null {
  const sessionId = chat.sessionId ?? readSessionHeader(request)
  const hasCheapCache = ({ prices }: Model['endpoints'][number]) =>
    prices.inputCacheRead !== undefined && prices.inputCacheRead < prices.prompt
  if (key.workspaceId === null || (!sessionId && !model.endpoints.some(hasCheapCache))) return null
  const name = nameConversation({ sessionId, cacheKey: chat.cacheKey, opening: chat.opening })
  return new Conversation(parts.sessions, key.workspaceId, name)
}
