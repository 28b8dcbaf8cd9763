/**
 * Which alarm and which scaler of a stack belongs to which stream: by the stream's name, region and account where the preview knows them, and
 * else by what the one property that says so was computed from. What merely comes from a stream, a description or a topic, says nothing.
 */
import { streamNameIn } from "../capacity/arns";
import { Every } from "./alarmQueries";
import { type WatchedMetric } from "./alarms";
import { onceOfEach } from "./once";
import { isInPlace, isSame, type Match, type Place, placeIn, placeOf, said } from "./places";
import {
    alarmTypes,
    consumerTypes,
    isOwnStream,
    ofTypes,
    type ResourceView,
    streamAutoscalerType,
    streamTypes,
    Unknown,
} from "./resources";
import { type Verdict } from "./verdict";

/** A verdict on one resource of a stack. */
export interface Judgement {
    /** The URN of the resource. */
    readonly urn: string;
    /** What was found. */
    readonly verdict: Verdict;
}

export function streamsOf(resources: readonly ResourceView[]): readonly ResourceView[] {
    return ofTypes(resources, streamTypes);
}

/** What a resource says about the stream that it belongs to, and the properties that say it. */
interface Asked {
    /** Undefined where it belongs to none. */
    readonly name: unknown;
    readonly place: Place;
    readonly properties: readonly string[];
}

export function alarmMatch(
    alarm: ResourceView,
    metric: WatchedMetric,
    stream: ResourceView,
    resources: readonly ResourceView[],
): Match {
    const account = said(metric.accountId);
    const own = askedBy(alarm, metric);
    const asked = account === undefined ? own : { ...own, place: { region: own.place.region, account } };
    if (asked.name instanceof Every)
        return asked.name.includes(stream.props.name) ? isInPlace(asked.place, placeOf(stream)) : "no";
    const match = matches(asked, alarm, stream, resources);
    // What the name was computed from says nothing about the account that a query names.
    return match === "yes" && account !== undefined ? isSame(account, placeOf(stream).account) : match;
}

function askedBy(alarm: ResourceView, { property, dimensions }: WatchedMetric): Asked {
    const name = dimensions instanceof Unknown ? dimensions : dimensions.StreamName;
    return { name, place: placeOf(alarm), properties: [property] };
}

/** The stream whose name an alarm was given, where that is in another region and so never gives it data; and both regions. */
export function streamElsewhere(
    alarm: ResourceView,
    metric: WatchedMetric,
    resources: readonly ResourceView[],
): { readonly stream: ResourceView; readonly region: string; readonly alarmRegion: string } | undefined {
    const { name, properties } = askedBy(alarm, metric);
    const given = streamsOf(resources).filter((stream) => comesFrom(alarm, properties, stream));
    // One query may be of a stream there, and another one of a stream here.
    if (given.some((stream) => alarmMatch(alarm, metric, stream, resources) !== "no")) return undefined;
    const alarmRegion = placeOf(alarm).region;
    return given.flatMap((stream) => {
        const { region } = placeOf(stream);
        if (typeof region !== "string" || typeof alarmRegion !== "string" || region === alarmRegion) return [];
        return isNamed(name, stream) === "no" ? [] : [{ stream, region, alarmRegion }];
    })[0];
}

function scalerMatch(scaler: ResourceView, stream: ResourceView, resources: readonly ResourceView[]): Match {
    if (areSiblings(scaler, stream)) return "yes";
    const { streamName, streamArn } = scaler.props;
    const isByArn = typeof streamArn === "string";
    const name = typeof streamName !== "string" && isByArn ? streamNameIn(streamArn) : streamName;
    const { region, account } = isByArn
        ? placeIn(streamArn)
        : { region: regionOfScaler(scaler, resources), account: undefined };
    // A scaler acts in its own account: only a stream whose account is known can be in another one.
    const isKnown = typeof placeOf(stream).account === "string";
    const place = { region, account: isKnown ? account : undefined };
    const asked = { name: name ?? new Unknown("streamName"), place, properties: ["streamName", "streamArn"] };
    return matches(asked, scaler, stream, resources);
}

/** The scaler of a stream; undefined where it has none, Unknown where the preview does not know yet of which stream one is. */
export function scalerOf(stream: ResourceView, resources: readonly ResourceView[]): ResourceView | Unknown | undefined {
    const scalers = resources.filter(({ type }) => type === streamAutoscalerType);
    const found = scalers.map((scaler) => ({ scaler, match: scalerMatch(scaler, stream, resources) }));
    const own = found.find(({ match }) => match === "yes");
    if (own) return own.scaler;
    return found.some(({ match }) => match === "maybe") ? new Unknown("streamName") : undefined;
}

/** A component is in no region: its parts are. */
function regionOfScaler(scaler: ResourceView, resources: readonly ResourceView[]): Place["region"] {
    return said(scaler.props.region) ?? regionsByParent(resources).get(scaler.urn);
}

const regionsByParent = onceOfEach(
    (resources: readonly ResourceView[]): ReadonlyMap<string, Place["region"]> =>
        new Map(ofTypes(resources, alarmTypes).map((part) => [part.parent ?? "", placeOf(part).region])),
);

/** Whether a registered consumer is one of the stream's. */
export function consumerMatch(consumer: ResourceView, stream: ResourceView, resources: readonly ResourceView[]): Match {
    return matches(askedByArn(consumer, "streamArn"), consumer, stream, resources);
}

/** Whether an event source mapping reads the stream itself, and not as a registered consumer. */
export function readerMatch(mapping: ResourceView, stream: ResourceView, resources: readonly ResourceView[]): Match {
    const asked = askedByArn(mapping, "eventSourceArn");
    const isOfConsumer = ofTypes(resources, consumerTypes).some((one) => comesFrom(mapping, asked.properties, one));
    if (isOfConsumer && typeof mapping.props.eventSourceArn !== "string") return "no";
    return matches(asked, mapping, stream, resources);
}

function askedByArn({ props }: ResourceView, property: string): Asked {
    const arn = props[property];
    return { name: typeof arn === "string" ? streamNameIn(arn) : arn, place: placeIn(arn), properties: [property] };
}

/** Whether both are parts of the same ShardedStream. */
export function areSiblings(resource: ResourceView, stream: ResourceView): boolean {
    return resource.parent !== undefined && resource.parent === stream.parent && isOwnStream(stream);
}

function matches(
    { name, place, properties }: Asked,
    resource: ResourceView,
    stream: ResourceView,
    resources: readonly ResourceView[],
): Match {
    const named = isNamed(name, stream);
    if (named === "no") return "no";
    const isSource = (one: ResourceView) => comesFrom(resource, properties, one);
    if (named === "maybe" && !isSource(stream)) return "no";
    const inPlace = isInPlace(place, placeOf(stream));
    if (inPlace === "no") return "no";
    const all = streamsOf(resources).filter(
        (one) => isNamed(name, one) === named && isInPlace(place, placeOf(one)) !== "no",
    );
    const meant = named === "maybe" ? all.filter(isSource) : closest(all, place, isSource);
    const same = meant.filter((one) => isOneStream(one, stream));
    if (same.length === 0) return "no";
    return same.length < meant.length || (inPlace === "maybe" && !isSource(stream)) ? "maybe" : "yes";
}

/** Whether a stream has that name; maybe, where one of both is not known yet. */
function isNamed(name: unknown, stream: ResourceView): Match {
    if (name === undefined || name === null) return "no";
    const streamName = stream.props.name;
    if (typeof name !== "string" || typeof streamName !== "string") return "maybe";
    return name === streamName ? "yes" : "no";
}

/** Of the streams of one name those that the name was computed from, or else those in the same region, of the same provider. */
function closest(
    streams: readonly ResourceView[],
    { region, provider }: Place,
    isSource: (stream: ResourceView) => boolean,
): readonly ResourceView[] {
    const isCloser = [
        isSource,
        (stream: ResourceView) => typeof region === "string" && placeOf(stream).region === region,
        (stream: ResourceView) => provider !== undefined && placeOf(stream).provider === provider,
    ];
    return isCloser.reduce((left, isOne) => (left.some(isOne) ? left.filter(isOne) : left), streams);
}

/** Whether two resources of a program are one stream: it may be declared, and read again. */
function isOneStream(one: ResourceView, other: ResourceView): boolean {
    if (one === other) return true;
    const [first, second] = [placeOf(one), placeOf(other)];
    const isOneAccount =
        first.provider === second.provider || (first.account !== undefined && first.account === second.account);
    return isNamed(one.props.name, other) === "yes" && first.region === second.region && isOneAccount;
}

/** Whether one of the properties was computed from the source, or from that and others. */
export function comesFrom(
    { propertyDependencies }: ResourceView,
    properties: readonly string[],
    source: ResourceView,
): boolean {
    return properties.some((property) => propertyDependencies?.[property]?.includes(source.urn) ?? false);
}
