import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ModelEntry, ProviderSlug } from '../contract/common/provider-schema.ts'
import type { CatalogueSource, EndpointSource } from '../domain/build-catalogue.ts'
import { regressions } from '../domain/catalogue-regressions.ts'
import { toEndpointSource } from '../domain/described-model.ts'
import { ConfigError } from './config.ts'
import { knownModel } from './known-models.ts'

/*
 * Models and prices as somebody publishes them, for providers that the environment has switched on. A publication says nothing of
 * addresses and credentials, so that it can't lead a request anywhere. The last good one lies in the data directory.
 */

const FILE_NAME = 'catalogue.json'
const PROBLEMS_MAX = 50

const Published = z.strictObject({
  providers: z
    .array(z.strictObject({ slug: ProviderSlug, models: z.array(ModelEntry).min(1).max(5_000) }))
    .min(1)
    .max(500),
})
export type Published = z.output<typeof Published>

/** Throws ConfigError naming everything that is wrong with it. */
export function parsePublished(text: string): Published {
  const result = Published.safeParse(parseJson(text))
  if (result.success) return result.data
  const problems = result.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`)
  throw new ConfigError(problems.slice(0, PROBLEMS_MAX))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ConfigError([`is not JSON: ${error instanceof Error ? error.message : String(error)}`])
  }
}

/** The part of it that is about providers of `builtIn`. What it doesn't say of a model is as it is built in. */
export function endpointsOf({ providers }: Published, builtIn: CatalogueSource): EndpointSource[] {
  const slugs = new Set(builtIn.providers.map(({ slug }) => slug))
  const known = new Map(builtIn.endpoints.map((endpoint) => [nameOf(endpoint), endpoint]))
  return providers.flatMap(({ slug, models }) =>
    slugs.has(slug) ? models.map((model) => toSource(slug, model, known.get(`${slug} ${model.id}`))) : [],
  )
}

function toSource(slug: string, model: ModelEntry, known: EndpointSource | undefined): EndpointSource {
  const source = toEndpointSource(slug, model)
  const facts = knownModel(model.id)
  // Another gateway is asked for a model by its whole name.
  const usualId = known?.upstreamId ?? (slug === 'openrouter' ? model.id : source.upstreamId)
  return {
    ...source,
    upstreamId: model.upstream_id ?? usualId,
    maxCompletionTokens:
      model.max_completion_tokens === undefined ? facts.maxCompletionTokens : source.maxCompletionTokens,
    supportedParameters: model.supported_parameters ?? facts.supportedParameters,
    name: source.name ?? known?.name ?? null,
    description: source.description ?? known?.description ?? null,
    created: source.created ?? facts.created,
    inputModalities: source.inputModalities ?? facts.inputModalities,
    outputModalities: source.outputModalities ?? facts.outputModalities,
    knowledgeCutoff: source.knowledgeCutoff ?? facts.knowledgeCutoff,
    facts: { ...facts.facts, ...source.facts },
  }
}

/** Why `fresh` may not take the place of `last` (and, of what that doesn't name, of what is built in), in words. */
export function reasonsAgainst(
  fresh: Published,
  { last, builtIn, now }: { last: Published | undefined; builtIn: CatalogueSource; now: number },
): string[] {
  const today = new Date(now).toISOString().slice(0, 10)
  const next = endpointsOf(fresh, builtIn)
  const before = last === undefined ? [] : endpointsOf(last, builtIn)
  const [isNext, isBefore] = [namesOf(next), namesOf(before)]
  // What is built in stays where it isn't named.
  const built = builtIn.endpoints.filter((one) => isNext.has(nameOf(one)) && !isBefore.has(nameOf(one)))
  return regressions([...before, ...built], next, today)
}

function namesOf(endpoints: readonly EndpointSource[]): ReadonlySet<string> {
  return new Set(endpoints.map(nameOf))
}

function nameOf({ providerSlug, modelId }: EndpointSource): string {
  return `${providerSlug} ${modelId}`
}

/** The last good one, or undefined where there is none. Throws ConfigError on one that can't be read. */
export async function readLastPublished(directory: string): Promise<Published | undefined> {
  try {
    return parsePublished(await readFile(join(directory, FILE_NAME), 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    const problems = error instanceof ConfigError ? error.problems : [String(error)]
    throw new ConfigError(problems.map((problem) => `${join(directory, FILE_NAME)}: ${problem}`))
  }
}

/** Keeps it as the last good one; a crash leaves the one before or this one, whole. */
export async function keepPublished(directory: string, text: string): Promise<void> {
  const path = join(directory, FILE_NAME)
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
}
