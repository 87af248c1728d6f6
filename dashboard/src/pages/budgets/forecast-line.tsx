import { BUDGET_OPERATIONS, type BudgetForecastWire } from '../../../../src/contract/management/budgets.ts'
import { useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { Skeleton } from '../../components/states.tsx'
import { formatMoney } from '../../format/money.ts'
import { errorWords, forecastWords } from './forecast-words.ts'

const EVERY_MS = 60_000
const PAGE_SIZE = 100

/** Under a budget: whether it lasts at the present pace. All lines of a page share one answer. */
export function ForecastLine({ workspaceId, budgetId }: { workspaceId: string; budgetId: string }) {
  const input = { id: workspaceId, limit: PAGE_SIZE }
  const forecasts = useOperation(BUDGET_OPERATIONS.listBudgetForecasts, input, { everyMs: EVERY_MS })
  if (forecasts.isPending)
    return (
      <div role="status" aria-label="Loading the forecast" className="mt-1">
        <Skeleton className="h-4 w-48" />
      </div>
    )
  if (forecasts.isError)
    return (
      <p className="mt-1 text-sm text-muted">
        Could not load the forecast.{' '}
        <Button look="link" size="inline" onClick={() => void forecasts.refetch()}>
          Try again
        </Button>
      </p>
    )
  const forecast = forecasts.data.data.find(({ budget_id }) => budget_id === budgetId)
  // One that was set since, or is beyond the first hundred.
  return forecast === undefined ? null : <Forecast forecast={forecast} />
}

function Forecast({ forecast }: { forecast: BudgetForecastWire }) {
  const { expected_usd, outcome } = forecast
  const error = errorWords(forecast)
  return (
    <p className="mt-1 text-sm text-muted" title={rangeOf(expected_usd)}>
      <span className={outcome === 'runs_out' ? 'text-ink' : undefined}>{forecastWords(forecast)}</span>
      {error === undefined ? null : <span>; {error}</span>}
    </p>
  )
}

function rangeOf(expected: BudgetForecastWire['expected_usd']): string | undefined {
  if (expected === null) return undefined
  return `${formatMoney(expected.mean)} expected, between ${formatMoney(expected.p10)} and ${formatMoney(expected.p90)} in four of five cases`
}
