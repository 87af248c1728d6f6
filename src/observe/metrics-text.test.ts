import { expect, test } from 'vitest'
import { metricsText } from './metrics-text.ts'

test('gauges are told as Prometheus reads them, whatever is in a label', () => {
  const text = metricsText([
    { name: 'a_gauge', help: 'What it is', values: [{ value: 1 }] },
    { name: 'another', help: 'By name', values: [{ labels: { name: 'a"b\\c\nd', other: 'x' }, value: 0.5 }] },
    { name: 'empty', help: 'Nothing yet', values: [] },
  ])
  expect(text).toBe(
    [
      '# HELP a_gauge What it is',
      '# TYPE a_gauge gauge',
      'a_gauge 1',
      '# HELP another By name',
      '# TYPE another gauge',
      'another{name="a\\"b\\\\c\\nd",other="x"} 0.5',
      '# HELP empty Nothing yet',
      '# TYPE empty gauge',
      '',
    ].join('\n'),
  )
})

test('a counter says so', () => {
  const text = metricsText([{ name: 'a_total', help: 'So far', isCounter: true, values: [{ value: 7 }] }])
  expect(text).toBe('# HELP a_total So far\n# TYPE a_total counter\na_total 7\n')
})
