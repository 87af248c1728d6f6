import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GatewayCluster, startCluster } from '../harness/gateway-cluster.ts'
import type { Gateway } from '../harness/gateway-process.ts'
import { ingressPaths, podsOf, renderChart } from '../harness/helm-chart.ts'

const METRICS_TOKEN = 'a token of Prometheus that is long enough'
/** What a test has of its own. */
const OWN = new Set(['HOST', 'PORT', 'SWITCHYARD_DATA_DIR'])

describe.skipIf(process.env['SWITCHYARD_TEST_STORE'] !== 'postgres')(
  'processes with the environment of the chart',
  () => {
    const { manifests } = renderChart({ ingress: { enabled: true }, settings: { SWITCHYARD_SIM: 'on' } })
    const pods = podsOf(manifests)
    let cluster: GatewayCluster

    beforeAll(async () => {
      cluster = await startCluster(pods.length, {
        env: { SWITCHYARD_METRICS_TOKEN: METRICS_TOKEN },
        envOf: (index) => environmentOf(index),
        isDirect: true,
      })
    })
    afterAll(() => cluster?.stop())

    function environmentOf(index: number): Record<string, string> {
      const env = Object.values(pods[index]?.env ?? {})
      return Object.fromEntries(
        env.flatMap(({ name, value }) => (value === undefined || OWN.has(name) ? [] : [[name, value]])),
      )
    }

    /** As the ingress does. */
    function behind(path: string): Gateway {
      const { backend } = ingressPaths(manifests).find(({ path: prefix }) => path.startsWith(prefix)) ?? expect.fail()
      return cluster.gateways[pods.findIndex(({ name }) => name === backend.service.name)] ?? expect.fail()
    }

    test('every probe is answered by the role that it is for, and so is what collects metrics', async () => {
      for (const [index, { container }] of pods.entries()) {
        const gateway = cluster.gateways[index] ?? expect.fail()
        for (const name of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
          const { httpGet } = container[name] as { httpGet: { path: string } }
          expect(await gateway.call('GET', httpGet.path, { key: null })).toMatchObject({ status: 200 })
        }
        expect(await gateway.call('GET', '/metrics', { key: METRICS_TOKEN })).toMatchObject({ status: 200 })
      }
    })

    test('by the paths of the ingress callers reach models at gateways, and management, MCP and sign-in at the others', async () => {
      const { body } = await behind('/api/v1/keys').call('POST', '/api/v1/keys', { body: { name: 'by the ingress' } })
      const { key } = body as { key: string }
      const ask = (path: string, question: object) => behind(path).call('POST', path, { key, body: question })
      const messages = [{ role: 'user', content: 'Hello' }]
      const model = 'sim/lorem'
      const answers = await Promise.all([
        ask('/api/v1/chat/completions', { model, messages }),
        ask('/api/v1/messages', { model, messages, max_tokens: 10 }),
        ask('/api/v1/messages/count_tokens', { model, messages }),
        ask('/api/v1/responses', { model, input: 'Hello' }),
        behind('/api/v1/models').call('GET', '/api/v1/models', { key }),
        behind('/api/v1/credits').call('GET', '/api/v1/credits'),
      ])
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200])
      expect(await behind('/mcp').call('POST', '/mcp', { key: null, body: {} })).toMatchObject({ status: 401 })
    })
  },
)
