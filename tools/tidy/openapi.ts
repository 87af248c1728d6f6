import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openApiDocument } from '../../src/contract/openapi.ts'
import type { TidyReport } from './report.ts'

const PAGE = 'docs/api/openapi.json'

/** The committed description of the API is the one that the contract gives today. */
export function checkOpenApi(root: string): TidyReport {
  const path = join(root, PAGE)
  const isFresh = existsSync(path) && readFileSync(path, 'utf8') === renderOpenApi()
  return {
    faults: isFresh ? [] : [`${PAGE} is not what the contract says; run: node tools/tidy.ts --write`],
    notes: [],
  }
}

export function writeOpenApi(root: string): void {
  const path = join(root, PAGE)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, renderOpenApi())
}

function renderOpenApi(): string {
  return `${JSON.stringify(openApiDocument(), null, 2)}\n`
}
