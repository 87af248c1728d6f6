import { useEffect, useState } from 'react'
import { listModels } from '../../../src/contract/inference/catalogue.ts'
import { EXPLANATION_OPERATIONS } from '../../../src/contract/inference/explanations.ts'
import { type KeyWire, listKeys } from '../../../src/contract/management/keys.ts'
import { isHeldAnywhere, reachOf } from '../access/access.ts'
import { useSession } from '../access/session.tsx'
import { useOperation } from '../api/use-operation.ts'
import { personName, usePeople } from '../pages/members/people.ts'
import { ORGANIZATION_PAGES, WORKSPACE_PAGES } from '../pages/pages.ts'
import { pathIn } from './rail.tsx'
import { useCurrentWorkspace, useWorkspaces } from './workspaces.tsx'

export interface Target {
  label: string
  note?: string | undefined
  to: string
  search?: Readonly<Record<string, string>>
}

export interface TargetGroup {
  title: string
  targets: readonly Target[]
}

/** Of each kind; more letters tell more of them apart. */
const SHOWN_MAX = 8
/** So long nothing is typed before the server is asked. */
const PAUSE_MS = 150
const REQUEST_ID = /^(?:gen|req)-\d{1,11}-[A-Za-z0-9]{20}$/

/** What a text leads to, of that which whoever is signed in may see. Without a text only places. */
export function useTargets(text: string): { groups: readonly TargetGroup[]; isAsking: boolean } {
  const typed = text.trim()
  const asked = useSettled(typed)
  const members = useMembers(asked !== '')
  const keys = useKeys(asked)
  const models = useModels(asked)
  const request = useRequest(asked)
  const workspaces = useWorkspaces().map(({ name, slug }) => ({ label: name, note: slug, to: `/workspaces/${slug}` }))
  const places = [
    { title: 'Pages', targets: usePages().filter((page) => fits(page, typed)) },
    { title: 'Workspaces', targets: matching(workspaces, typed) },
  ]
  if (typed === '') return { groups: places, isAsking: false }
  const found = [
    { title: 'Requests', targets: request.targets },
    ...places,
    { title: 'Members', targets: matching(members.targets, typed) },
    // By a hash or by a name: the server knows more of them than stands here.
    { title: 'Keys', targets: (typed === asked ? keys.targets : matching(keys.targets, typed)).slice(0, SHOWN_MAX) },
    { title: 'Models', targets: matching(models.targets, typed) },
  ]
  const isAsking = typed !== asked || [members, keys, models, request].some(({ isLoading }) => isLoading)
  return { groups: found.filter(({ targets }) => targets.length > 0), isAsking }
}

interface Found {
  targets: readonly Target[]
  isLoading: boolean
}

function matching(targets: readonly Target[], typed: string): readonly Target[] {
  return targets.filter((target) => fits(target, typed)).slice(0, SHOWN_MAX)
}

/** Each word stands somewhere in it. */
function fits({ label, note = '' }: Target, typed: string): boolean {
  const whole = `${label} ${note}`.toLowerCase()
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => whole.includes(word))
}

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text])
  return settled
}

function usePages(): readonly Target[] {
  const { access } = useSession()
  const workspace = useCurrentWorkspace()
  const here = WORKSPACE_PAGES.filter(({ permission }) => reachOf(access, permission, workspace?.id) !== undefined)
  const everywhere = ORGANIZATION_PAGES.filter(({ permission }) => isHeldAnywhere(access, permission))
  return [
    ...(workspace === undefined ? [] : here.map((page) => ({ label: page.title, to: pathIn(workspace.slug, page) }))),
    ...everywhere.map(({ title, path }) => ({ label: title, to: `/${path}` })),
  ]
}

function useMembers(isOn: boolean): Found {
  const { access } = useSession()
  const people = usePeople(isOn && isHeldAnywhere(access, 'organization:read'))
  const targets = [...(people.data?.values() ?? [])].map(({ id, email }) => ({
    label: personName(people.data, id),
    note: email,
    to: '/organization',
    search: { tab: 'members', member: id },
  }))
  return { targets, isLoading: people.isLoading }
}

/** In every workspace whose keys may be seen, and among the management keys. */
function useKeys(asked: string): Found {
  const { access } = useSession()
  const shared = { search: asked, include_disabled: true }
  const ofWorkspaces = useOperation(listKeys, shared, {
    enabled: asked !== '' && isHeldAnywhere(access, 'key:read'),
  })
  const ofManagement = useOperation(
    listKeys,
    { ...shared, type: 'management' },
    { enabled: asked !== '' && isHeldAnywhere(access, 'management-key:read') },
  )
  const targets = [
    ...(ofWorkspaces.data?.data ?? []).map((key) => ({ ...keyNames(key, asked), to: `/keys/${key.hash}` })),
    ...(ofManagement.data?.data ?? []).map((key) => ({
      ...keyNames(key, asked),
      to: '/organization',
      search: { tab: 'keys' },
    })),
  ]
  return { targets, isLoading: ofWorkspaces.isLoading || ofManagement.isLoading }
}

/** With the hash where that is what it was found by. */
function keyNames({ name, label, hash }: KeyWire, asked: string): Pick<Target, 'label' | 'note'> {
  return { label: name, note: hash.startsWith(asked.toLowerCase()) ? hash : label }
}

function useModels(asked: string): Found {
  const { access } = useSession()
  const isOn = asked.length > 1 && isHeldAnywhere(access, 'model:read')
  const models = useOperation(listModels, { q: asked, limit: SHOWN_MAX }, { enabled: isOn })
  const targets = (models.data?.data ?? []).map(({ id, name }) => ({
    label: name,
    note: id,
    to: '/models',
    search: { model: id },
  }))
  return { targets, isLoading: models.isLoading }
}

/** One request by its id, in the log of its workspace. */
function useRequest(asked: string): Found {
  const { access } = useSession()
  const workspaces = useWorkspaces()
  const isOn = REQUEST_ID.test(asked) && isHeldAnywhere(access, 'log:read')
  const answer = useOperation(EXPLANATION_OPERATIONS.getGenerationExplanation, { id: asked }, { enabled: isOn })
  const found = answer.data?.data
  const workspace = workspaces.find(({ id }) => id === found?.workspace_id)
  if (found === undefined || workspace === undefined) return { targets: [], isLoading: answer.isLoading }
  const to = pathIn(workspace.slug, { path: 'logs' })
  const note = found.model ?? workspace.name
  return { targets: [{ label: asked, note, to, search: { request: asked } }], isLoading: false }
}
