/**
 * What a preview means for its streams: the document of `sharded-stream review`.
 */
import { nameOf, typeOf } from "../../capacity/pulumiNames";
import { cents } from "../../capacity/sizing/costItems";
import { type PriceList } from "../../capacity/sizing/prices";
import { sum } from "../../capacity/sums";
import { UsageError } from "../command";
import { oneLine } from "../terminal";
import {
    type Change,
    echo,
    type PolicyMessage,
    type Preview,
    type PreviewedResource,
    type PreviewMessage,
    recipe,
    type ResourceState,
} from "./preview";
import { textAt } from "./known";
import { monthlyCost, type MonthlyCost, nothing, together, unknown } from "./cost";
import { componentOf, isStream, sideAfter, sideBefore, type StreamSide } from "./stream";
import { type Heard, byStream, ownerOf } from "./owners";
import { changeFindings, planFindings, type ReviewFinding, type ReviewStep, stepsOf, type StreamChange } from "./steps";

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
    /** Of the streams that can be compared: see `isCompared`. Null where none of them can. */
    readonly monthlyBefore: number | null;
    readonly monthlyAfter: number | null;
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
    const { heard, elsewhere } = byStream(preview);
    const priced = [...preview.resources.values()]
        .filter(({ urn }) => isStream(urn))
        .sort((left, right) => (left.urn < right.urn ? -1 : 1))
        .map((resource) => reviewed(preview, resource, heard.get(ownerOf(preview, resource.urn)!)!, prices, meant));
    const streams = priced.map(({ stream }) => stream);
    const unknownName = meant.find((name) => !streams.some((stream) => isCalled(stream, name)));
    if (unknownName !== undefined) {
        throw new UsageError(
            `--allow-loss ${unknownName}: the preview has no such stream; name one as the program or as AWS does.`,
        );
    }
    const failure = elsewhere.errors.find(({ message }) => message !== echo);
    if (failure !== undefined) throw new UsageError(failed(failure));
    return {
        streams,
        monthlyBefore: total(streams, "monthlyBefore"),
        monthlyAfter: total(streams, "monthlyAfter"),
        notWholly: streams.filter(isPartly).map(({ urn }) => urn),
        findings: [...elsewhere.said.map(ofPolicy), ...unexplained(preview)],
        policyPacks: preview.policies === undefined ? null : preview.packs,
        region: prices.region,
        pricesOf: prices.date,
        assumptions: assumptionsOf(preview, streams, prices, [
            ...new Set(priced.flatMap(({ notPriced }) => notPriced)),
        ]),
    };
}

function total(streams: readonly ReviewedStream[], side: "monthlyBefore" | "monthlyAfter"): number | null {
    const compared = streams.filter(isCompared);
    return compared.length === 0 && streams.length > 0 ? null : cents(sum(compared.map((stream) => stream[side]!)));
}

/**
 * Whether before and after can be subtracted: what is not known of the one is not known of the other, unless the stream is there on one side
 * alone, where it costs that much at least.
 */
export function isCompared({ before, after, monthlyBefore, monthlyAfter, items }: ReviewedStream): boolean {
    if (monthlyBefore === null || monthlyAfter === null) return false;
    if (before === null || after === null) return true;
    return items.every((item) => (item.before === null) === (item.after === null));
}

function failed({ message }: PreviewMessage): string {
    const end = /[.!]$/.test(message.trim()) ? "" : ".";
    return `the preview failed, so that it tells only a part: ${oneLine(message).slice(0, 600)}${end} Correct that, and preview again.`;
}

function reviewed(
    preview: Preview,
    resource: PreviewedResource,
    heard: Heard,
    prices: PriceList,
    meant: readonly string[],
): { readonly stream: ReviewedStream; readonly notPriced: readonly string[] } {
    const { urn, change } = resource;
    const changed = changeOf(preview, resource, prices);
    // What is imported is paid for already, and what is let go of still is.
    const costBefore = changed.before ? monthlyCost(changed.before, prices) : change === "import" ? unknown : nothing;
    const costOfNew = changed.after ? monthlyCost(changed.after, prices) : nothing;
    const isReleased = (change === "delete" || change === "replace") && resource.before?.retained === true;
    const costAfter = isReleased ? together(costBefore, costOfNew) : costOfNew;
    const steps = stepsOf(changed);
    const before = changed.before?.side ?? null;
    const isMeant = meant.some((name) => isCalled({ urn, before }, name));
    const own = changeFindings(changed, steps, isMeant);
    const stream = {
        urn,
        change,
        properties: resource.changed,
        before,
        after: changed.after?.side ?? null,
        monthlyBefore: costBefore.monthly,
        monthlyAfter: costAfter.monthly,
        items: differences(costBefore, costAfter),
        steps,
        findings: findingsOf(preview, changed, own, heard, prices),
        others: othersOf(heard, urn),
    };
    return { stream, notPriced: [...costBefore.notPriced, ...costAfter.notPriced] };
}

function changeOf({ resources }: Preview, resource: PreviewedResource, prices: PriceList): StreamChange {
    const { urn, change } = resource;
    const componentUrn = componentOf(resource);
    const component = componentUrn === undefined ? undefined : resources.get(componentUrn);
    const region = (state: ResourceState) => regionOf(resources, state);
    const before =
        resource.before &&
        sideBefore(
            urn,
            { state: resource.before, component: component?.before, region: region(resource.before) },
            prices,
        );
    const now = change === "delete" ? undefined : change === "same" ? resource.before : resource.after;
    const declared = component && (component.after ?? component.before);
    const isUntouched = change === "same" && component?.change === "same";
    const isReplaced = change === "replace";
    const side = now && { state: now, component: declared, region: region(now), isUntouched, isReplaced };
    const after = side && sideAfter(urn, side, prices, before?.side);
    return { resource, before, after };
}

/** The region that its provider is set to, as far as the preview tells. */
function regionOf(resources: Preview["resources"], { provider }: ResourceState): string | undefined {
    const found = provider === undefined ? undefined : resources.get(provider);
    return textAt((found?.after ?? found?.before)?.inputs ?? {}, "region");
}

/** The pack of this project judges by the plan: where it was asked, the plan is not asked again. */
function findingsOf(
    { policies, packs }: Preview,
    change: StreamChange,
    own: readonly ReviewFinding[],
    { said, errors, warnings }: Heard,
    prices: PriceList,
): ReviewFinding[] {
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
        ...warnings.map(({ message }): ReviewFinding => ({
            code: "preview-warning",
            severity: "warning",
            message: oneLine(message),
        })),
        ...(isJudged ? [] : planFindings(change, prices)),
    ];
}

function isCalled({ urn, before }: Pick<ReviewedStream, "urn" | "before">, name: string): boolean {
    return name === nameOf(urn) || name === before?.streamName || name === urn;
}

function ofPolicy({ policy, level, message }: PolicyMessage): ReviewFinding {
    return { code: policy, severity: level === "advisory" ? "warning" : "error", level, message: oneLine(message) };
}

/** The document of --json says that a preview failed, and not which policy speaks. */
function unexplained({ errors, policies }: Preview): ReviewFinding[] {
    const isSaid = policies?.some(({ level }) => level !== "advisory") ?? false;
    if (isSaid || !errors.some(({ message }) => message === echo)) return [];
    const message = `The preview failed, and its document does not say why: a mandatory policy, most likely. Only the events of a preview tell what policies say: ${recipe}`;
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

function othersOf({ resources }: Heard, stream: string): ReviewedStream["others"] {
    const counts: Partial<Record<Change, number>> = {};
    for (const { urn, change } of resources) {
        if (change === "same" || urn === stream || typeOf(urn).startsWith("sharded-stream:")) continue;
        counts[change] = (counts[change] ?? 0) + 1;
    }
    return counts;
}

/** Something that it is billed by is not known. */
function isPartly({ monthlyBefore, monthlyAfter, items }: ReviewedStream): boolean {
    const isUnknown = (amount: number | null) => amount === null;
    return (
        [monthlyBefore, monthlyAfter].some(isUnknown) ||
        items.some(({ before, after }) => isUnknown(before) || isUnknown(after))
    );
}

function assumptionsOf(
    preview: Preview,
    streams: readonly ReviewedStream[],
    prices: PriceList,
    notPriced: readonly string[],
): string[] {
    const sides = streams.flatMap(({ before, after }) => [before, after]).filter((side) => side !== null);
    const elsewhere = [
        ...new Set(sides.flatMap(({ region }) => (region === null || region === prices.region ? [] : [region]))),
    ];
    return [
        `Prices of ${prices.region}, ${prices.date}, at the declared peak all month (730 h): the most that what is priced can cost.`,
        ...notPriced.map((left) => `Not priced: ${left}`),
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
            ? [
                  "A + after an amount: what is billed by what the preview does not know, or at a price that is not in the list, comes on top.",
              ]
            : []),
        // A policy that rejects lets the preview go on to its end.
        ...(preview.errors.some(({ message }) => message !== echo)
            ? ["The preview stopped at an error: what it did not reach, deletions above all, is not in it."]
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
