import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Send } from 'lucide-react'
import { z } from 'zod'
import { LOG_OPERATIONS } from '../../../../src/contract/management/logs.ts'
import { RequestFailed } from '../../api/request-failed.ts'
import { Button } from '../../components/button.tsx'
import { Money } from '../../components/figures.tsx'
import { FailureNote } from '../../components/states.tsx'
import { formatLatency } from '../../format/figures.ts'

const AnswerWire = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string().nullable() }) })),
  usage: z.object({ cost: z.number().optional(), total_tokens: z.number() }).optional(),
})

/** One real request with the key, to that provider alone where one is named: what came back, how long it took and what it cost. */
export function TestRequest({ secret, model, provider }: { secret: string; model: string; provider?: string }) {
  const client = useQueryClient()
  const test = useMutation({
    mutationFn: () => ask(secret, model, provider),
    onSettled: () => client.invalidateQueries({ queryKey: [LOG_OPERATIONS.listLogs.id] }),
  })
  return (
    <section aria-label="Test request" className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-3">
        <Button onClick={() => test.mutate()} isBusy={test.isPending}>
          <Send aria-hidden />
          Send a test request
        </Button>
        <span className="text-sm text-muted">
          to <code className="font-mono">{model}</code>
        </span>
      </div>
      <FailureNote error={test.error} />
      {test.data === undefined ? null : (
        <div role="status" className="rounded-md border border-line px-3 py-2">
          <p className="break-words whitespace-pre-wrap">{test.data.text}</p>
          <p className="figures mt-1 text-sm text-muted">
            {formatLatency(test.data.tookMs)} · {test.data.tokens} tokens · <Money amount={test.data.cost} />
          </p>
        </div>
      )}
    </section>
  )
}

async function ask(secret: string, model: string, provider?: string) {
  const startedAt = performance.now()
  const response = await fetch('/api/v1/chat/completions', {
    method: 'POST',
    credentials: 'omit',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      ...(provider === undefined ? {} : { provider: { only: [provider] } }),
      max_tokens: 64,
      messages: [{ role: 'user', content: 'Say hello in one short sentence.' }],
    }),
  })
  const body: unknown = await response.json()
  if (!response.ok) {
    const { error } = body as { error?: { message?: string } }
    const requestId = response.headers.get('x-request-id') ?? undefined
    throw new RequestFailed(error?.message ?? `${response.status}`, { status: response.status, requestId })
  }
  const { choices, usage } = AnswerWire.parse(body)
  return {
    text: choices[0]?.message.content ?? '',
    tokens: usage?.total_tokens ?? 0,
    cost: usage?.cost ?? 0,
    tookMs: performance.now() - startedAt,
  }
}
