import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { MIT_TEXT, refusedLicences } from './licences.ts'

interface Manifest {
  name?: string
  version?: string
  license?: string
}

const FOLDER = `${sep}node_modules${sep}`
const LICENCE_FILE = /^(?:li[cs]en[cs]e|copying)(?:[-.]\w+)*$/i
const NOTICE_FILE = /^notice(?:\.\w+)?$/i
/** Whose authors say that it is MIT, and give no text of it with the package: the line that stands in their sources. */
const COPYRIGHTS: Readonly<Record<string, string>> = {
  'qrcode-generator': 'Copyright (c) 2009 Kazuhiko Arase',
  'react-remove-scroll-bar': 'Copyright (c) 2025 Anton Korzunov <thekashey@gmail.com>',
}
const RULE = `\n${'-'.repeat(80)}\n\n`

/**
 * The licences of the packages that these modules come from, as one text: of the same packages the same text. Throws for a package
 * that gives no licence with it, and for one whose licence isn't allowed in what is shipped.
 */
export function thirdPartyNotices(modules: Iterable<string>): string {
  const folders = new Set([...modules].flatMap((path) => folderOf(path) ?? []))
  const notices = new Map([...folders].map((folder) => noticeOf(folder)))
  const sorted = [...notices].sort(([a], [b]) => (a < b ? -1 : 1))
  return [INTRODUCTION, ...sorted.map(([, notice]) => notice)].join(RULE)
}

const INTRODUCTION = `The pages of Switchyard, its dashboard and its documentation, contain software of others under the licences below.
`

/** Of the package that a module is in; undefined for one of our own. */
function folderOf(path: string): string | undefined {
  if (!path.includes(FOLDER)) return undefined
  let folder = dirname(path)
  // Some have more of these for their parts, without a name or a version.
  while (readManifest(folder)?.version === undefined) {
    const above = dirname(folder)
    if (above === folder || folder.endsWith(FOLDER.slice(0, -1))) throw new Error(`${path} is in no package`)
    folder = above
  }
  return folder
}

function readManifest(folder: string): Manifest | undefined {
  const path = join(folder, 'package.json')
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Manifest) : undefined
}

function noticeOf(folder: string): [title: string, notice: string] {
  const { license = '', name = '', version = '' } = readManifest(folder) ?? {}
  const refused = refusedLicences(license)
  if (refused.length > 0) throw new Error(`${name} is under ${refused.join(', ')}, which may not be shipped`)
  const title = `${name} ${version}, ${license}`
  return [title, `${title}\n\n${textsOf(folder, name, license)}\n`]
}

function textsOf(folder: string, name: string, license: string): string {
  const files = readdirSync(folder).sort()
  const licences = files.filter((file) => LICENCE_FILE.test(file))
  const copyright = COPYRIGHTS[name]
  if (licences.length === 0) {
    if (license !== 'MIT' || copyright === undefined) throw new Error(`${name} gives no text of its licence`)
    return `${copyright}\n\n${MIT_TEXT}`
  }
  const texts = [...licences, ...files.filter((file) => NOTICE_FILE.test(file))]
  return texts.map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim()).join('\n\n')
}
