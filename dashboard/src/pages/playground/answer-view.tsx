import { RotateCw } from 'lucide-react'
import { Badge } from '../../components/badge.tsx'
import { Button, ButtonLink } from '../../components/button.tsx'
import { CopyButton } from '../../components/copy-text.tsx'
import { formatExactCount, formatLatency } from '../../format/figures.ts'
import { formatExactMoney } from '../../format/money.ts'
import { useWorkspace } from '../../frame/workspaces.tsx'
import type { Answer } from './conversation.ts'
import { Markdown, PlainText } from './markdown.tsx'
import { Refusal } from './refusal.tsx'

interface AnswerViewProps {
  answer: Answer
  isPlain: boolean
  /** Absent where it can't be asked again. */
  onAgain?: (() => void) | undefined
  onWhy: (id: string) => void
  onNewSession: () => void
}

/** What one model said, and what that took. */
export function AnswerView({ answer, isPlain, onAgain, onWhy, onNewSession }: AnswerViewProps) {
  const { model, state, text, reasoning, failure } = answer
  const id = answer.generationId ?? failure?.requestId
  return (
    <article
      aria-label={`Answer of ${model}`}
      aria-busy={state === 'running'}
      className="flex min-w-0 flex-col gap-2 border-t border-line pt-3"
    >
      <header className="flex flex-wrap items-center gap-2">
        <span className="min-w-0 truncate font-mono text-sm text-muted" title={model}>
          {model}
        </span>
        <State answer={answer} />
      </header>
      {reasoning === '' ? null : (
        <details>
          <summary className="text-sm text-muted hover:text-ink">Reasoning</summary>
          <div className="mt-1 border-s-2 border-line ps-3 text-sm text-muted">
            <PlainText text={reasoning} />
          </div>
        </details>
      )}
      {isPlain ? <PlainText text={text} /> : <Markdown text={text} />}
      {state === 'running' && text === '' ? <p className="text-muted">…</p> : null}
      {failure === undefined ? null : <Refusal failure={failure} onNewSession={onNewSession} />}
      <Figures answer={answer} />
      {state === 'running' ? null : (
        <footer className="-ml-2 flex flex-wrap items-center gap-1 print:hidden">
          {text === '' ? null : <CopyButton text={text} />}
          {onAgain === undefined ? null : (
            <Button look="ghost" size="small" onClick={onAgain}>
              <RotateCw aria-hidden />
              Again
            </Button>
          )}
          {id === undefined ? null : <OnRecord id={id} onWhy={onWhy} />}
        </footer>
      )}
    </article>
  )
}

function OnRecord({ id, onWhy }: { id: string; onWhy: (id: string) => void }) {
  const { slug } = useWorkspace()
  return (
    <>
      <Button look="ghost" size="small" onClick={() => onWhy(id)}>
        Why?
      </Button>
      <ButtonLink look="ghost" size="small" to={`/workspaces/${slug}/logs`} search={{ request: id }}>
        In the logs
      </ButtonLink>
    </>
  )
}

const ENDS: Readonly<Record<string, string>> = {
  length: 'Cut off at “Max tokens”',
  content_filter: 'Ended by the provider’s filter',
  tool_calls: 'Wants to call a tool',
  error: 'Broke off',
}

function State({ answer: { state, finishReason = '' } }: { answer: Answer }) {
  if (state === 'running') return <Badge>Answering</Badge>
  if (state === 'stopped') return <Badge tone="attention">Stopped</Badge>
  const end = ENDS[finishReason]
  return end === undefined ? null : <Badge tone="attention">{end}</Badge>
}

/** Times are measured here, in the browser; tokens and cost are what was charged. */
function Figures({ answer }: { answer: Answer }) {
  const { usage, tookMs, firstTokenMs, provider } = answer
  const figures = [
    ...(usage === undefined ? [] : usageFigures(usage)),
    ...(tookMs === undefined ? [] : [{ name: 'Latency', value: formatLatency(tookMs) }]),
    ...(firstTokenMs === undefined ? [] : [{ name: 'First token', value: formatLatency(firstTokenMs) }]),
    ...speedFigure(answer),
    ...(provider === undefined ? [] : [{ name: 'Provider', value: provider }]),
  ]
  if (figures.length === 0) return null
  return (
    <dl className="figures flex flex-wrap gap-x-4 gap-y-1 text-sm">
      {figures.map(({ name, value }) => (
        <div key={name} className="flex gap-1.5">
          <dt className="text-muted">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function usageFigures({ promptTokens, completionTokens, reasoningTokens, cost }: NonNullable<Answer['usage']>) {
  const thought = reasoningTokens > 0 ? ` (${formatExactCount(reasoningTokens)} reasoning)` : ''
  return [
    {
      name: 'Tokens',
      value: `${formatExactCount(promptTokens)} in, ${formatExactCount(completionTokens)} out${thought}`,
    },
    { name: 'Cost', value: formatExactMoney(cost) },
  ]
}

/** Tokens a second, from the first one on. */
function speedFigure({ usage, tookMs, firstTokenMs }: Answer) {
  if (usage === undefined || tookMs === undefined || firstTokenMs === undefined) return []
  const seconds = (tookMs - firstTokenMs) / 1_000
  if (seconds <= 0 || usage.completionTokens < 2) return []
  return [{ name: 'Tokens/s', value: (usage.completionTokens / seconds).toFixed(1) }]
}
