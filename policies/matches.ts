/**
 * Which alarm and which scaler of a stack belongs to which stream: by the stream's name where the preview knows it, and else by what the
 * one property that says so was computed from. What merely comes from a stream, a description or a topic, says nothing.
 */
import { type WatchedMetric } from "./alarms";
import { consumerTypes, isOwnStream, ofTypes, type ResourceView, streamTypes, Unknown } from "./resources";
import { type Verdict } from "./verdict";

export interface Judgement {
    readonly urn: string;
    readonly verdict: Verdict;
}

/** Maybe, where the property was computed from several streams. */
export type Match = "yes" | "no" | "maybe";

export function streamsOf(resources: readonly ResourceView[]): readonly ResourceView[] {
    return ofTypes(resources, streamTypes);
}

export function alarmMatch(
    alarm: ResourceView,
    { property, dimensions }: WatchedMetric,
    stream: ResourceView,
    resources: readonly ResourceView[],
): Match {
    const name = dimensions instanceof Unknown ? dimensions : dimensions.StreamName;
    return matches(name, [property], alarm, stream, resources);
}

export function scalerMatch(scaler: ResourceView, stream: ResourceView, resources: readonly ResourceView[]): Match {
    if (areSiblings(scaler, stream)) return "yes";
    const { streamName, streamArn } = scaler.props;
    const name = typeof streamName !== "string" && typeof streamArn === "string" ? nameIn(streamArn) : streamName;
    return matches(name ?? new Unknown("streamName"), ["streamName", "streamArn"], scaler, stream, resources);
}

/** Whether a registered consumer is one of the stream's. */
export function consumerMatch(consumer: ResourceView, stream: ResourceView, resources: readonly ResourceView[]): Match {
    const { streamArn } = consumer.props;
    const name = typeof streamArn === "string" ? nameIn(streamArn) : streamArn;
    return matches(name, ["streamArn"], consumer, stream, resources);
}

/** Whether an event source mapping reads the stream itself, and not as a registered consumer. */
export function readerMatch(mapping: ResourceView, stream: ResourceView, resources: readonly ResourceView[]): Match {
    const { eventSourceArn } = mapping.props;
    const properties = ["eventSourceArn"];
    if (typeof eventSourceArn === "string")
        return matches(nameIn(eventSourceArn), properties, mapping, stream, resources);
    const sources = mapping.propertyDependencies?.eventSourceArn ?? [];
    if (resources.some(({ type, urn }) => consumerTypes.includes(type) && sources.includes(urn))) return "no";
    return matches(eventSourceArn, properties, mapping, stream, resources);
}

/** Whether both are parts of the same ShardedStream. */
export function areSiblings(resource: ResourceView, stream: ResourceView): boolean {
    return resource.parent !== undefined && resource.parent === stream.parent && isOwnStream(stream);
}

function matches(
    name: unknown,
    properties: readonly string[],
    resource: ResourceView,
    stream: ResourceView,
    resources: readonly ResourceView[],
): Match {
    if (name === undefined || name === null) return "no";
    const streamName = stream.props.name;
    if (typeof name === "string" && typeof streamName === "string") return name === streamName ? "yes" : "no";
    const sources = properties.flatMap((property) => resource.propertyDependencies?.[property] ?? []);
    if (!sources.includes(stream.urn)) return "no";
    const streams = streamsOf(resources).filter(({ urn }) => sources.includes(urn));
    return streams.length > 1 ? "maybe" : "yes";
}

/** arn:aws:kinesis:REGION:ACCOUNT:stream/NAME */
function nameIn(arn: string): string | undefined {
    return /:stream\/([^/]+)$/.exec(arn)?.[1];
}
