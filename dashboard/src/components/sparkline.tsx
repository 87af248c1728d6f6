const HEIGHT = 20
const GAP = 0.2
/** So that the least that there is can be seen beside the most. */
const LEAST = 1.5

/** Bars of one figure over time, without axes; `label` says in words what they amount to. */
export function Sparkline({ label, values }: { label: string; values: readonly number[] }) {
  const most = Math.max(...values, 0)
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${values.length} ${HEIGHT}`}
      preserveAspectRatio="none"
      className="h-5 w-24 border-b border-line-strong"
    >
      {values.map((value, at) => {
        const height = value <= 0 ? 0 : Math.max(LEAST, (value / most) * HEIGHT)
        return (
          <rect key={at} x={at + GAP / 2} y={HEIGHT - height} width={1 - GAP} height={height} className="fill-accent" />
        )
      })}
    </svg>
  )
}
