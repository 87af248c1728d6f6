import type { SIMULATION_OPERATIONS } from '../../contract/management/simulation.ts'
import type { HandlersFor, InputOf, OutputOf, TwoStepHandlerOf } from '../../contract/operation.ts'
import { Simulation } from '../../domain/simulation.ts'
import { toDate, windowStartMs } from '../../domain/windows.ts'
import { listPastRequests, type PastFilter, type PastPosition } from '../../store/queries/past-requests.ts'
import { toIso } from '../../store/schema.ts'
import { visibleIn } from '../access.ts'
import { findUsageScope } from '../activity/usage-scope.ts'
import { type ControlContext, type MemoryContext, organizationOf } from '../context.ts'
import type { Read } from '../long-reads.ts'
import { ContentCheck } from './content-check.ts'
import { type LoadedProposal, loadProposal } from './proposal.ts'
import { SimulationReport } from './report.ts'

type Operations = typeof SIMULATION_OPERATIONS
type Input = InputOf<Operations['simulate']>

const DAYS_DEFAULT = 30
const DAY_MS = 86_400_000
const PAGE_ROWS = 1_000
/** A simulation goes through so many requests at most, some seconds' work. */
const REQUESTS_MAX = 200_000

/** Works on what the transaction found, and reads the requests in short ones of its own. */
const handleSimulate: TwoStepHandlerOf<Operations['simulate'], ControlContext> = async (input, context) => {
  const filter = await readFilter(input, context)
  const proposal = await loadProposal(input, context)
  const days = input.days ?? DAYS_DEFAULT
  // Whole days, of which the last one runs.
  const from = windowStartMs('daily', context.now) - (days - 1) * DAY_MS
  return () => context.readAtLength((read) => run({ proposal, filter, from, context, read }))
}

export const SIMULATION_HANDLERS: HandlersFor<Operations, ControlContext, MemoryContext> = { simulate: handleSimulate }

type Filter = Omit<PastFilter, 'after' | 'limit'>

async function readFilter(input: Input, context: ControlContext): Promise<Filter> {
  return {
    organizationId: organizationOf(context),
    visible: visibleIn(context.access, 'log:read'),
    ...(await findUsageScope(context, 'log:read', input)),
    userId: input.user_id,
    to: context.now,
  }
}

interface Run {
  proposal: LoadedProposal
  filter: Filter
  /** Epoch milliseconds. */
  from: number
  context: ControlContext
  read: Read
}

async function run({ proposal, filter, from, context, read }: Run): Promise<OutputOf<Operations['simulate']>> {
  const simulation = new Simulation(proposal)
  const report = new SimulationReport()
  const contents = new ContentCheck(proposal.filterSet, context, (findings) => report.found(findings))
  let after: PastPosition = { at: beginOf(proposal, from), id: '' }
  let isComplete = false
  for (let left = REQUESTS_MAX; left > 0 && !isComplete; left -= PAGE_ROWS) {
    const rows = await read(({ tx }) => listPastRequests(tx, { ...filter, after, limit: PAGE_ROWS }))
    const inTime = rows.filter(({ at }) => at >= from)
    for (const { request } of rows.slice(0, rows.length - inTime.length)) simulation.count(request)
    const blocked = await contents.findBlocked(inTime, read)
    for (const { at, id, request } of inTime) {
      if (!simulation.isKnown(request)) report.unknownEndpoints += 1
      report.add(toDate(at), request, simulation.judge(request, blocked.has(id)))
    }
    after = rows.at(-1) ?? after
    isComplete = rows.length < PAGE_ROWS
  }
  const { to } = filter
  return {
    data: {
      from: toIso(from),
      to: toIso(to),
      complete: isComplete,
      covered_until: toIso(isComplete ? to : after.at),
      ...report.toWire(),
      content_filters: { ...contents.toWire(), findings: report.findingsToWire() },
    },
  }
}

/** A window that reaches into the time in question begins before it; that of a lifetime is taken to begin with it. */
function beginOf({ limit }: LoadedProposal, from: number): number {
  return limit === null || limit.interval === 'lifetime' ? from : windowStartMs(limit.interval, from)
}
