import { EXPLANATION_OPERATIONS, type ExplanationWire } from '../../../../src/contract/inference/explanations.ts'
import { useOperation } from '../../api/use-operation.ts'
import { StatusDot } from '../../components/badge.tsx'
import { CopyText } from '../../components/copy-text.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Fact, Facts } from '../../components/facts.tsx'
import { When } from '../../components/figures.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { formatMoney } from '../../format/money.ts'
import { LogContent } from './log-content.tsx'
import { LogCost } from './log-cost.tsx'
import { LogFindings } from './log-findings.tsx'
import { LogPlan } from './log-plan.tsx'
import { outcomeLabel, outcomeTone } from './outcome.ts'

/** One request: what decided it, what it cost and, where that is kept, what was said. */
export function LogDrawer({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  return (
    <Dialog title="Request" place="side" size="wide" isOpen={id !== undefined} onClose={onClose}>
      {id === undefined ? null : <Request id={id} />}
    </Dialog>
  )
}

function Request({ id }: { id: string }) {
  const explanation = useOperation(EXPLANATION_OPERATIONS.getGenerationExplanation, { id })
  return (
    <Loaded query={explanation} what="the request" rows={5}>
      {({ data }) => (
        <div className="flex flex-col gap-6">
          <Head wire={data} />
          <Decision wire={data} />
          <LogPlan plan={data.plan} />
          <LogCost price={data.price} />
          {data.generation_id === null ? null : (
            <LogContent generationId={data.generation_id} workspaceId={data.workspace_id ?? undefined} />
          )}
        </div>
      )}
    </Loaded>
  )
}

function Head({ wire }: { wire: ExplanationWire }) {
  return (
    <Facts>
      <Fact name="Outcome">
        <StatusDot tone={outcomeTone(wire)} label={outcomeLabel(wire)} />
      </Fact>
      <Fact name="Time">
        <When iso={wire.created_at} />
      </Fact>
      <Fact name="Model">{wire.model === null ? '–' : <CopyText text={wire.model} />}</Fact>
      {wire.generation_id === null ? null : (
        <Fact name="Generation">
          <CopyText text={wire.generation_id} />
        </Fact>
      )}
      <Fact name="Request">
        <CopyText text={wire.request_id} />
      </Fact>
    </Facts>
  )
}

const DECIDED: Readonly<Record<ExplanationWire['decided_by'], string>> = {
  plan: 'Went to the first endpoint that could take it.',
  cache: 'Answered from the response cache.',
  provider: 'The provider decided how it ended.',
  caller: 'The caller ended it.',
  crash: 'The process ended amid the request; its whole hold was charged.',
  access: 'The key may not do this.',
  request: 'The request itself can not be carried out.',
  rate: 'Too many requests in too short a time.',
  guardrail: 'A guardrail left nothing that it may go to.',
  preferences: 'Its own preferences left nothing that it may go to.',
  guardrail_and_preferences: 'Guardrails and its own preferences together left nothing that it may go to.',
  content_filter: 'A content filter stopped it.',
  limit: 'A limit did not leave enough.',
  service: 'The service could not take it at the time.',
}

/** Why it went as it did. */
function Decision({ wire }: { wire: ExplanationWire }) {
  const { error, decided_by, guardrails, guardrail_findings, limit } = wire
  return (
    <section className="flex flex-col gap-2">
      <h3 className="font-semibold">Why</h3>
      <p>{DECIDED[decided_by]}</p>
      {error === null ? null : (
        <p className="rounded-md bg-raised px-3 py-2 break-words">
          {error.message} <code className="font-mono text-sm text-muted">{error.code}</code>
        </p>
      )}
      {limit === null ? null : <p className="text-muted">{limitText(limit)}</p>}
      <LogFindings id={wire.id} findings={guardrail_findings} workspaceId={wire.workspace_id ?? undefined} />
      {guardrails === null || guardrails.length === 0 ? null : (
        <p className="text-sm text-muted">Guardrails in force: {guardrails.map(({ name }) => name).join(', ')}.</p>
      )}
    </section>
  )
}

function limitText({
  scope,
  name,
  interval,
  limit_usd,
  remaining_usd,
  held_usd,
}: NonNullable<ExplanationWire['limit']>): string {
  const what = [interval, scope.replaceAll('_', ' '), name === null ? '' : `“${name}”`]
    .filter((part) => part !== '')
    .join(' ')
  const of = limit_usd === null ? '' : ` of ${formatMoney(limit_usd)}`
  const left = remaining_usd === null ? '' : `: ${formatMoney(remaining_usd)} left`
  const held = held_usd === null || held_usd === 0 ? '' : `, ${formatMoney(held_usd)} held by other requests`
  return `Tightest limit: ${what}${of}${left}${held}.`
}
