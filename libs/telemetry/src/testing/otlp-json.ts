/** An attribute as a plain value; 64-bit integers, which OTLP/JSON writes as strings, become numbers. */
export type AttributeValue =
  | string
  | number
  | boolean
  | null
  | AttributeValue[]
  | { [key: string]: AttributeValue };
export type ReceivedAttributes = Readonly<Record<string, AttributeValue>>;

/** One span of an export, with the resource it came from. */
export type ReceivedSpan = {
  name: string;
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer' | 'unspecified';
  traceId: string;
  spanId: string;
  /** Undefined for the root of a trace. */
  parentSpanId: string | undefined;
  /** `service.name` of the resource. */
  service: string;
  scope: string;
  attributes: ReceivedAttributes;
  resource: ReceivedAttributes;
  links: Array<{ traceId: string; spanId: string; attributes: ReceivedAttributes }>;
  events: Array<{ name: string; attributes: ReceivedAttributes }>;
  status: { code: 'unset' | 'ok' | 'error'; message: string | undefined };
  /** Nanoseconds since the epoch. */
  startTime: bigint;
  endTime: bigint;
};

type AnyValue = {
  stringValue?: string;
  intValue?: string | number;
  doubleValue?: number;
  boolValue?: boolean;
  arrayValue?: { values?: AnyValue[] };
  kvlistValue?: { values?: KeyValue[] };
};
type KeyValue = { key: string; value?: AnyValue };
type OtlpSpan = {
  name: string;
  kind?: number;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes?: KeyValue[];
  links?: Array<{ traceId: string; spanId: string; attributes?: KeyValue[] }>;
  events?: Array<{ name: string; attributes?: KeyValue[] }>;
  status?: { code?: number; message?: string };
  startTimeUnixNano: string;
  endTimeUnixNano: string;
};
/** `ExportTraceServiceRequest` of opentelemetry-proto in its JSON encoding. */
export type OtlpTraces = {
  resourceSpans?: Array<{
    resource?: { attributes?: KeyValue[] };
    scopeSpans?: Array<{ scope?: { name?: string }; spans?: OtlpSpan[] }>;
  }>;
};

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const statusCodes = ['unset', 'ok', 'error'] as const;

/** The spans of one export request as one list. */
export function flattenSpans(traces: OtlpTraces): ReceivedSpan[] {
  return (traces.resourceSpans ?? []).flatMap(({ resource, scopeSpans }) => {
    const resourceAttributes = plainAttributes(resource?.attributes);
    return (scopeSpans ?? []).flatMap(({ scope, spans }) =>
      (spans ?? []).map((span) => receivedSpan(span, scope?.name ?? '', resourceAttributes)),
    );
  });
}

function receivedSpan(span: OtlpSpan, scope: string, resource: ReceivedAttributes): ReceivedSpan {
  return {
    name: span.name,
    kind: kinds[span.kind ?? 0] ?? 'unspecified',
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId === '' ? undefined : span.parentSpanId,
    service: String(resource['service.name'] ?? ''),
    scope,
    attributes: plainAttributes(span.attributes),
    resource,
    links: (span.links ?? []).map((link) => ({ ...link, attributes: plainAttributes(link.attributes) })),
    events: (span.events ?? []).map(({ name, attributes }) => ({
      name,
      attributes: plainAttributes(attributes),
    })),
    status: { code: statusCodes[span.status?.code ?? 0] ?? 'unset', message: span.status?.message },
    startTime: BigInt(span.startTimeUnixNano),
    endTime: BigInt(span.endTimeUnixNano),
  };
}

function plainAttributes(list: KeyValue[] = []): ReceivedAttributes {
  return Object.fromEntries(list.map(({ key, value }) => [key, plainValue(value)]));
}

function plainValue(value: AnyValue = {}): AttributeValue {
  if (value.intValue !== undefined) return Number(value.intValue);
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(plainValue);
  if (value.kvlistValue !== undefined) {
    return Object.fromEntries(
      (value.kvlistValue.values ?? []).map((entry) => [entry.key, plainValue(entry.value)]),
    );
  }
  return value.stringValue ?? value.doubleValue ?? value.boolValue ?? null;
}
