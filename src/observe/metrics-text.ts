/** A number that goes up and down, or a counter, by the values of its labels. */
export interface Metric {
  /** Letters, digits and underscores. */
  name: string
  help: string
  /** Only goes up, from 0 at the start of the process. */
  isCounter?: boolean
  values: readonly Sample[]
}

export interface Sample {
  labels?: Readonly<Record<string, string>>
  value: number
}

/** Metrics in the text format that Prometheus reads, version 0.0.4. */
export function metricsText(metrics: readonly Metric[]): string {
  return metrics
    .flatMap(({ help, isCounter, name, values }) => [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${isCounter ? 'counter' : 'gauge'}`,
      ...values.map(({ labels = {}, value }) => `${name}${labelText(labels)} ${value}`),
    ])
    .map((line) => `${line}\n`)
    .join('')
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
