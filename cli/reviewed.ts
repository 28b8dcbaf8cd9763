/**
 * What a preview means for its streams: the document of `sharded-stream review`.
 */
import { type PriceList } from "../capacity/sizing/prices";
import { UsageError } from "./command";
import { type Change, type PolicyMessage, type Preview, type PreviewedResource, type PreviewError } from "./preview";
import { cents, monthlyCost, type MonthlyCost, nothing, sum, unknown } from "./previewCost";
import {
    componentOf,
    isStream,
    nameOf,
    shardedStreamType,
    sideAfter,
    sideBefore,
    type StreamSide,
    typeOf,
} from "./previewedStream";
import {
    changeFindings,
    planFindings,
    type ReviewFinding,
    type ReviewStep,
    stepsOf,
    type StreamChange,
} from "./previewSteps";

export interface ReviewedStream {
    readonly urn: string;
    readonly change: Change;
    /** Names of the properties of the stream that change. */
    readonly properties: readonly string[];
    /** Null where the stream is not there. */
    readonly before: StreamSide | null;
    readonly after: StreamSide | null;
    /** Dollars of what is known; null where too little is. */
    readonly monthlyBefore: number | null;
    readonly monthlyAfter: number | null;
    /** What differs or is not known; null is not known. */
    readonly items: readonly { readonly item: string; readonly before: number | null; readonly after: number | null }[];
    readonly steps: readonly ReviewStep[];
    readonly findings: readonly ReviewFinding[];
    /** Other resources of its ShardedStream that change, by what happens to them. */
    readonly others: Readonly<Partial<Record<Change, number>>>;
}

export interface Review {
    readonly streams: readonly ReviewedStream[];
    /** Of the streams whose cost is known. */
    readonly monthlyBefore: number;
    readonly monthlyAfter: number;
    /** URNs of streams whose cost is not known, or not whole, before or after. */
    readonly notWholly: readonly string[];
    /** What is said of the preview itself, or of resources that are no stream's. */
    readonly findings: readonly ReviewFinding[];
    /** Policy packs that judged; null where the document cannot tell. */
    readonly policyPacks: readonly string[] | null;
    readonly region: string;
    readonly pricesOf: string;
    readonly assumptions: readonly string[];
}

/** @throws UsageError why the preview failed, where that is not about a stream */
export function reviewOf(preview: Preview, prices: PriceList, meant: readonly string[]): Review {
    const ownerOf = owners(preview);
    const said = preview.policies ?? [];
    const about = <T extends PolicyMessage | PreviewError>(all: readonly T[], owner: string | undefined) =>
        all.filter(({ urn }) => (urn === undefined ? undefined : ownerOf(urn)) === owner);
    const streams = [...preview.resources.values()]
        .filter(({ urn }) => isStream(urn))
        .sort((left, right) => (left.urn < right.urn ? -1 : 1))
        .map((resource) => {
            const owner = ownerOf(resource.urn);
            const heard = { said: about(said, owner), errors: about(preview.errors, owner) };
            return reviewed(preview, resource, { ...heard, prices, meant, others: (urn) => ownerOf(urn) === owner });
        });
    const unknown = meant.find((name) => !streams.some((stream) => isCalled(stream, name)));
    if (unknown !== undefined) {
        throw new UsageError(
            `--allow-loss ${unknown}: the preview has no such stream; name one as the program or as AWS does.`,
        );
    }
    const elsewhere = [...about(preview.errors, undefined)].filter(({ message }) => message !== "preview failed");
    if (elsewhere.length > 0) throw new UsageError(failed(elsewhere[0]!));
    const findings = [...about(said, undefined).map(ofPolicy), ...unexplained(preview)];
    const costs = (side: "monthlyBefore" | "monthlyAfter") => cents(sum(streams.map((stream) => stream[side] ?? 0)));
    return {
        streams,
        monthlyBefore: costs("monthlyBefore"),
        monthlyAfter: costs("monthlyAfter"),
        notWholly: streams.filter(isPartly).map(({ urn }) => urn),
        findings,
        policyPacks: preview.policies === undefined ? null : preview.packs,
        region: prices.region,
        pricesOf: prices.date,
        assumptions: assumptionsOf(preview, streams, prices),
    };
}

function failed({ message }: PreviewError): string {
    const end = /[.!]$/.test(message.trim()) ? "" : ".";
    return `the preview failed, so that it tells only a part: ${message.replace(/\s*\n\s*/g, " ").slice(0, 600)}${end} Correct that, and preview again.`;
}

/** Which stream a resource belongs to, by the key of its ShardedStream, or the stream's own: all below a ShardedStream is its. */
function owners({ resources }: Preview): (urn: string) => string | undefined {
    return (urn) => {
        for (let at: string | undefined = urn, steps = 0; at !== undefined && steps < 50; steps++) {
            const resource: PreviewedResource | undefined = resources.get(at);
            if (typeOf(at) === shardedStreamType) return at;
            if (isStream(at)) return (resource && componentOf(resource)) ?? at;
            at = resource?.after?.parent ?? resource?.before?.parent;
        }
        return undefined;
    };
}

/** What a stream is reviewed by, beside the preview. */
interface Heard {
    readonly said: readonly PolicyMessage[];
    readonly errors: readonly PreviewError[];
    readonly prices: PriceList;
    readonly meant: readonly string[];
    /** Whether a resource belongs to the same ShardedStream. */
    readonly others: (urn: string) => boolean;
}

function reviewed(preview: Preview, resource: PreviewedResource, heard: Heard): ReviewedStream {
    const { urn, change } = resource;
    const changed = changeOf(preview, resource, heard.prices);
    const [before, after] = [changed.before?.side ?? null, changed.after?.side ?? null];
    // What is imported is paid for already, and what is let go of still is.
    const costBefore = changed.before
        ? monthlyCost(changed.before, heard.prices)
        : change === "import"
          ? unknown
          : nothing;
    const isReleased = change === "delete" && resource.before?.retained === true;
    const costAfter = changed.after ? monthlyCost(changed.after, heard.prices) : isReleased ? costBefore : nothing;
    const steps = stepsOf(changed);
    return {
        urn,
        change,
        properties: resource.changed,
        before,
        after,
        monthlyBefore: costBefore.monthly,
        monthlyAfter: costAfter.monthly,
        items: differences(costBefore, costAfter),
        steps,
        findings: findingsOf(preview, changed, steps, heard),
        others: othersOf(preview, urn, heard),
    };
}

function changeOf({ resources }: Preview, resource: PreviewedResource, prices: PriceList): StreamChange {
    const { urn, change } = resource;
    const componentUrn = componentOf(resource);
    const component = componentUrn === undefined ? undefined : resources.get(componentUrn);
    const before = resource.before && sideBefore(urn, resource.before, component?.before, prices);
    const now = change === "delete" ? undefined : change === "same" ? resource.before : resource.after;
    const declared = component && (component.after ?? component.before);
    return { resource, before, after: now && sideAfter(urn, now, declared, prices, before?.side) };
}

/** The pack of this project judges by the plan: where it was asked, the plan is not asked again. */
function findingsOf(
    { policies, packs }: Preview,
    changed: StreamChange,
    steps: readonly ReviewStep[],
    { said, errors, meant }: Heard,
): ReviewFinding[] {
    const { resource, before, after } = changed;
    const isMeant = meant.some((name) => isCalled({ urn: resource.urn, before: before?.side ?? null }, name));
    const own = changeFindings(changed, steps, isMeant);
    const isJudged = policies !== undefined && packs.includes("sharded-stream");
    return [
        ...errors.map(({ message }): ReviewFinding => ({
            code: "preview-failed",
            severity: "error",
            message: `The preview stops here, and the rest of it is not known: ${oneLine(message)}`,
        })),
        // The stream's own check of its preview has said that at length.
        ...own.filter(({ code }) => errors.length === 0 || code !== "shard-step-too-big"),
        ...said.map(ofPolicy),
        ...(isJudged ? [] : planFindings(after)),
    ];
}

function oneLine(text: string): string {
    return text.replace(/\s*\n\s*/g, " ");
}

export function isCalled({ urn, before }: Pick<ReviewedStream, "urn" | "before">, name: string): boolean {
    return name === nameOf(urn) || name === before?.streamName || name === urn;
}

function ofPolicy({ policy, level, message }: PolicyMessage): ReviewFinding {
    return { code: policy, severity: level === "advisory" ? "warning" : "error", level, message: oneLine(message) };
}

/** The document of --json says that a preview failed, and not which policy speaks. */
function unexplained({ errors, policies }: Preview): ReviewFinding[] {
    const isSaid = policies?.some(({ level }) => level !== "advisory") ?? false;
    if (isSaid || !errors.some(({ message }) => message === "preview failed")) return [];
    const message =
        "The preview failed, and its document does not say why: a mandatory policy, most likely. Only the events of a preview tell what policies say: set PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true beside --json.";
    return [{ code: "preview-failed", severity: "error", message }];
}

function differences(before: MonthlyCost, after: MonthlyCost): ReviewedStream["items"] {
    const names = [...new Set([...Object.keys(before.items), ...Object.keys(after.items)])];
    const amount = ({ items, monthly }: MonthlyCost, item: string) =>
        Object.hasOwn(items, item) ? items[item]! : monthly === null ? null : 0;
    return names
        .map((item) => ({ item, before: amount(before, item), after: amount(after, item) }))
        .filter((row) => row.before !== row.after || row.before === null);
}

function othersOf({ resources }: Preview, stream: string, { others }: Heard): ReviewedStream["others"] {
    const counts: Partial<Record<Change, number>> = {};
    for (const { urn, change } of resources.values()) {
        const isOther =
            change !== "same" && urn !== stream && others(urn) && !typeOf(urn).startsWith("sharded-stream:");
        if (isOther) counts[change] = (counts[change] ?? 0) + 1;
    }
    return counts;
}

/** Something that it is billed by is not known. */
export function isPartly({ monthlyBefore, monthlyAfter, items }: ReviewedStream): boolean {
    const isUnknown = (amount: number | null) => amount === null;
    return (
        [monthlyBefore, monthlyAfter].some(isUnknown) ||
        items.some(({ before, after }) => isUnknown(before) || isUnknown(after))
    );
}

function assumptionsOf(preview: Preview, streams: readonly ReviewedStream[], prices: PriceList): string[] {
    const sides = streams.flatMap(({ before, after }) => [before, after]).filter((side) => side !== null);
    const elsewhere = [
        ...new Set(sides.flatMap(({ region }) => (region === null || region === prices.region ? [] : [region]))),
    ];
    return [
        `Prices of ${prices.region}, ${prices.date}, at the declared peak all month (730 h): the most that it can cost.`,
        ...(elsewhere.length > 0
            ? [`Streams in ${elsewhere.join(", ")} cost what AWS asks there: give --prices.`]
            : []),
        ...(sides.some(({ scaling }) => scaling)
            ? [
                  "A scaled stream is priced at the shards of its last deployment or refresh (--refresh); its scaler opens and closes them.",
              ]
            : []),
        ...(sides.some(({ capacityMode }) => capacityMode === "on-demand")
            ? [
                  "On demand is priced as On-demand Standard; where a warm throughput is set, as On-demand Advantage with the account's whole floor.",
              ]
            : []),
        ...(streams.some(isPartly)
            ? ["A + after an amount: what is billed by a load or a count that the preview does not know comes on top."]
            : []),
        ...(preview.withSames
            ? []
            : [
                  "Resources that do not change are not in this document (--show-sames): neither in the sums, nor with what they declare.",
              ]),
        ...(preview.policies === undefined
            ? [
                  "What policies say is not in this document; the events of a preview tell it (sharded-stream review --help).",
              ]
            : []),
    ];
}
