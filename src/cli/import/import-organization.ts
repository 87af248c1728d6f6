import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { parseYaml } from '../../config/yaml-document.ts'
import { systemClock as clock } from '../../platform/clock.ts'
import type { ApiTarget } from '../api-client.ts'
import { BadExport } from './bad-export.ts'
import { fromLitellm } from './from-litellm.ts'
import { fromNewApi } from './from-new-api.ts'
import { fromOpenRouter } from './from-openrouter.ts'
import type { Imported } from './imported.ts'
import { readOpenRouter } from './read-openrouter.ts'

/** Which files there are of each; the answer is read from the API where there is none. */
export type ImportSource =
  | { kind: 'litellm'; config: string | undefined; teams: string | undefined; keys: string | undefined }
  | { kind: 'openrouter'; export: string }
  | { kind: 'openrouter'; target: ApiTarget }
  | { kind: 'new-api'; tokens: string }

/** Reads what another gateway has, as an organization of ours. Throws BadExport and Unreachable. */
export async function importOrganization(source: ImportSource): Promise<Imported> {
  const now = clock.now()
  switch (source.kind) {
    case 'litellm': {
      const { config, teams, keys } = source
      return convert('the export of LiteLLM', () =>
        fromLitellm({ config: readIf(config), teams: readIf(teams), keys: readIf(keys) }, now),
      )
    }
    case 'new-api':
      return convert(source.tokens, () => fromNewApi(read(source.tokens), now))
    case 'openrouter': {
      const given = 'export' in source ? read(source.export) : await readOpenRouter(source.target)
      return convert('export' in source ? source.export : source.target.origin, () => fromOpenRouter(given, now))
    }
  }
}

function readIf(file: string | undefined): unknown {
  return file === undefined ? undefined : read(file)
}

/** YAML, of which JSON is a part. */
function read(file: string): unknown {
  try {
    return parseYaml(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new BadExport(`${file}: ${(error as Error).message}`)
  }
}

function convert(name: string, work: () => Imported): Imported {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error
    throw new BadExport(
      error.issues.map(({ path, message }) => `${name}: ${path.join('.') || 'the file'}: ${message}`).join('\n'),
    )
  }
}
