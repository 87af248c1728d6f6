import type { ExplanationWire } from '../../../../src/contract/inference/explanations.ts'
import { formatExactCount } from '../../format/figures.ts'
import { formatExactMoney } from '../../format/money.ts'

const BASES = { usage: 'what the provider reported', estimate: 'an estimate', hold: 'the whole hold' }

/** The charge, line by line. */
export function LogCost({ price }: { price: ExplanationWire['price'] }) {
  if (price === null) return null
  const { components, discount, charged_usd, held_usd, byok_usd, version, basis } = price
  return (
    <section className="flex flex-col gap-2">
      <h3 className="font-semibold">Cost</h3>
      <table className="w-full text-left">
        <tbody>
          {(components ?? []).map(({ name, price_usd, per, quantity, cost_usd }) => (
            <tr key={name} className="border-t border-line">
              <th scope="row" className="py-1.5 pr-3 font-normal">
                {name.replaceAll('_', ' ')}
                <span className="block text-xs text-muted">
                  {formatExactCount(quantity)} × {formatExactMoney(price_usd)}
                  {per === 1 ? '' : ` per ${formatExactCount(per)}`}
                </span>
              </th>
              <td className="py-1.5 text-right">{formatExactMoney(cost_usd)}</td>
            </tr>
          ))}
          {discount === 0 ? null : (
            <tr className="border-t border-line">
              <th scope="row" className="py-1.5 font-normal">
                Discount
              </th>
              <td className="py-1.5 text-right">{Math.round(discount * 100)} %</td>
            </tr>
          )}
          <tr className="border-t border-line-strong font-semibold">
            <th scope="row" className="py-1.5">
              Charged
            </th>
            <td className="py-1.5 text-right">{formatExactMoney(charged_usd)}</td>
          </tr>
        </tbody>
      </table>
      <p className="text-sm text-muted">
        By {BASES[basis]}, at the prices of version <code className="font-mono">{version.slice(0, 12)}</code>
        {held_usd === null ? '' : `; at most ${formatExactMoney(held_usd)} was held for it`}
        {byok_usd === 0 ? '' : `; ${formatExactMoney(byok_usd)} at list price on an own credential`}.
      </p>
    </section>
  )
}
