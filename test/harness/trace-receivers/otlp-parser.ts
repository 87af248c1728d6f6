import { z } from 'zod'

/*
 * A strict reader of OTLP traces in JSON (opentelemetry-proto 1.x, "JSON Protobuf Encoding"): ids in hex, 64-bit numbers as decimal
 * text, no field that the protocol doesn't have, no attribute twice.
 */

const Nanos = z.string().regex(/^\d{1,20}$/)
const hex = (digits: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-f]{${digits}}$`))
    .refine((id) => !/^0+$/.test(id), 'an id of zeros alone')

type AnyValue =
  | { stringValue: string }
  | { boolValue: boolean }
  | { intValue: string }
  | { doubleValue: number }
  | { arrayValue: { values: AnyValue[] } }
const AnyValue: z.ZodType<AnyValue> = z.lazy(() =>
  z.union([
    z.strictObject({ stringValue: z.string() }),
    z.strictObject({ boolValue: z.boolean() }),
    z.strictObject({ intValue: z.string().regex(/^-?\d{1,19}$/) }),
    z.strictObject({ doubleValue: z.number() }),
    z.strictObject({ arrayValue: z.strictObject({ values: z.array(AnyValue) }) }),
  ]),
)
const Attributes = z
  .array(z.strictObject({ key: z.string().min(1), value: AnyValue }))
  .refine((list) => new Set(list.map(({ key }) => key)).size === list.length, 'an attribute twice')

const Span = z
  .strictObject({
    traceId: hex(32),
    spanId: hex(16),
    parentSpanId: hex(16).optional(),
    name: z.string().min(1),
    kind: z.int().min(1).max(5),
    startTimeUnixNano: Nanos,
    endTimeUnixNano: Nanos,
    attributes: Attributes,
    status: z.strictObject({ code: z.int().min(0).max(2), message: z.string().optional() }).optional(),
  })
  .refine(
    ({ endTimeUnixNano, startTimeUnixNano }) => BigInt(endTimeUnixNano) >= BigInt(startTimeUnixNano),
    'ends early',
  )

const Request = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes: Attributes }),
      scopeSpans: z.array(
        z.strictObject({
          scope: z.strictObject({ name: z.string().min(1), version: z.string().optional() }),
          spans: z.array(Span),
        }),
      ),
    }),
  ),
})

/** A span with its attributes, and those of its resource, as plain values. */
export interface ReadSpan extends Omit<z.output<typeof Span>, 'attributes'> {
  attributes: Record<string, unknown>
  resource: Record<string, unknown>
}

/** Throws where anything isn't as the protocol has it. */
export function readOtlp(body: string): ReadSpan[] {
  return Request.parse(JSON.parse(body)).resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({ ...span, attributes: plain(span.attributes), resource: plain(resource.attributes) })),
    ),
  )
}

function plain(attributes: z.output<typeof Attributes>): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)]))
}

function plainValue(value: AnyValue): unknown {
  if ('arrayValue' in value) return value.arrayValue.values.map(plainValue)
  if ('intValue' in value) return Number(value.intValue)
  return Object.values(value)[0]
}
