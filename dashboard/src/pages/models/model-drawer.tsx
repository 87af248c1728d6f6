import { type EndpointWire, listEndpoints } from '../../../../src/contract/inference/catalogue.ts'
import { useOperation } from '../../api/use-operation.ts'
import { Badge } from '../../components/badge.tsx'
import { CopyText } from '../../components/copy-text.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { ErrorState, LoadingRows } from '../../components/states.tsx'
import { formatCount, formatLatency } from '../../format/figures.ts'
import { formatTokenPrice } from '../../format/money.ts'

/** A model's endpoints, with what was measured of them. */
export function ModelDrawer({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  return (
    <Dialog title={id ?? 'Model'} place="side" size="wide" isOpen={id !== undefined} onClose={onClose}>
      {id === undefined ? null : <ModelDetails id={id} />}
    </Dialog>
  )
}

function ModelDetails({ id }: { id: string }) {
  const [author = '', ...rest] = id.split('/')
  const answer = useOperation(listEndpoints, { author, slug: rest.join('/') })
  if (answer.isPending) return <LoadingRows label="endpoints" rows={3} />
  if (answer.isError) return <ErrorState error={answer.error} retry={() => void answer.refetch()} what="the model" />
  const { description, architecture, endpoints } = answer.data.data
  return (
    <div className="flex flex-col gap-5">
      <CopyText text={id} />
      {description === '' ? null : <p className="text-muted">{description}</p>}
      <p className="flex flex-wrap gap-1.5">
        {architecture.input_modalities.map((modality) => (
          <Badge key={`in-${modality}`}>{modality} in</Badge>
        ))}
        {architecture.output_modalities.map((modality) => (
          <Badge key={`out-${modality}`}>{modality} out</Badge>
        ))}
      </p>
      <h3 className="font-semibold">
        {endpoints.length} {endpoints.length === 1 ? 'endpoint' : 'endpoints'}
      </h3>
      <ul className="flex flex-col divide-y divide-line border-y border-line">
        {endpoints.map((endpoint) => (
          <Endpoint key={endpoint.tag} endpoint={endpoint} />
        ))}
      </ul>
    </div>
  )
}

function Endpoint({ endpoint }: { endpoint: EndpointWire }) {
  const {
    provider_name,
    pricing,
    uptime_last_1d,
    latency_last_30m,
    throughput_last_30m,
    context_length,
    quantization,
  } = endpoint
  const facts = [
    ['Input', formatTokenPrice(pricing.prompt)],
    ['Output', formatTokenPrice(pricing.completion)],
    ['Context', formatCount(context_length)],
    ['Latency', formatLatency(latency_last_30m?.p50 ?? null)],
    ['Throughput', throughput_last_30m === null ? '–' : `${Math.round(throughput_last_30m.p50)} tok/s`],
    ['Uptime, 1 day', uptime_last_1d === null ? '–' : `${uptime_last_1d.toFixed(1)} %`],
  ] as const
  return (
    <li className="py-3">
      <p className="flex items-center gap-2 font-medium">
        {provider_name}
        {quantization === null || quantization === 'unknown' ? null : <Badge>{quantization}</Badge>}
      </p>
      <dl className="mt-2 grid grid-cols-2 gap-x-4 gap-y-2 sm:grid-cols-3">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt className="text-xs text-muted">{name}</dt>
            <dd className="figures">{value}</dd>
          </div>
        ))}
      </dl>
    </li>
  )
}
