/**
 * Judges of a warm throughput: what a program says about it, and what it cannot see of the account.
 */
import { loadInShards } from "../capacity/keys/spread";
import { limits } from "../capacity/limits";
import { estimateCost } from "../capacity/sizing/cost";
import { formatDollars, formatNumber } from "../capacity/text";
import { isOnDemand, load, soundPlan } from "./declared";
import { type Judgement, streamsOf } from "./matches";
import { isInPlace, placeOf } from "./places";
import { leaveFix } from "./deployed";
import {
    accountSettingsType,
    andRelease,
    isOwnStream,
    numberAt,
    propertyOf,
    type ResourceView,
    shardedStreamType,
    valueAt,
} from "./resources";
import { compliant, strictest, tell, type Verdict, violation } from "./verdict";

/** The property of a stream that is warmed, and how much. */
interface Warm {
    readonly property: string;
    readonly miBps: number;
}

function warmOf(stream: ResourceView): Warm | undefined {
    const property = stream.type === shardedStreamType ? "warmThroughputMiBps" : propertyOf(stream, "warmMiBps");
    const miBps = numberAt(stream, property);
    return miBps === undefined || miBps === 0 ? undefined : { property, miBps };
}

/** What the program itself says, and what comes of it: the stream of a ShardedStream speaks where that does not. */
export function judgeWarmThroughput(stream: ResourceView): Verdict {
    const component = isOwnStream(stream) ? stream.component : undefined;
    if (component === undefined) return judgeWarm(stream, stream);
    return tell(() => judgeWarm(component, component)).verdict === "compliant"
        ? judgeWarm(stream, component)
        : compliant;
}

function judgeWarm(stream: ResourceView, declared: ResourceView): Verdict {
    const warm = warmOf(stream);
    if (warm === undefined) return compliant;
    const asks = `${warm.property} asks for ${formatNumber(warm.miBps)} MiB/s`;
    if (!isOnDemand(stream)) {
        return violation(
            `${asks} of a stream with provisioned shards, where AWS refuses it.`,
            stream === declared
                ? `Remove ${warm.property}${andRelease(stream, [warm.property])}, or use on-demand mode${andRelease(stream, ["streamModeDetails"])}.`
                : leaveFix(stream, declared, isOnDemand(declared) ? "streamModeDetails" : warm.property),
        );
    }
    const most = limits.warmThroughputMiBpsMax;
    if (warm.miBps > most) {
        return violation(
            `${asks}; AWS accepts ${formatNumber(most)} by default.`,
            stream === declared
                ? `Set ${warm.property} to ${formatNumber(most)} or less${andRelease(stream, [warm.property])}, or ask AWS for more.`
                : leaveFix(stream, declared, warm.property),
        );
    }
    return declared.type === shardedStreamType ? judgePeak(stream, declared, warm) : compliant;
}

/** Each MiB/s of it takes 1,000 records a second, as a shard does. */
function judgePeak(stream: ResourceView, declared: ResourceView, { property, miBps }: Warm): Verdict {
    const plan = soundPlan(declared);
    if (!plan) return compliant;
    const enough = Math.ceil(loadInShards(plan.requirements));
    if (miBps >= enough) return compliant;
    const most = limits.warmThroughputMiBpsMax;
    const tooMuch = `AWS accepts ${formatNumber(most)} by default: spread the load over several streams.`;
    const fix =
        stream === declared
            ? `Set ${property} to ${formatNumber(enough)} or more.`
            : leaveFix(stream, declared, property);
    return violation(
        `${property} asks for ${formatNumber(miBps)} MiB/s, which take as many thousand records/s; the declared peak is ${load(plan)}, of which the stream refuses a part until it has grown.`,
        enough > most ? tooMuch : fix,
    );
}

export interface AdvantageConfig {
    readonly onDemandAdvantage: boolean;
}

/** What the account must be. A stack that has its settings says it itself. */
export function judgeAdvantage(
    resources: readonly ResourceView[],
    { onDemandAdvantage }: AdvantageConfig,
): Judgement[] {
    const settings = resources.filter(({ type }) => type === accountSettingsType);
    return streamsOf(resources).map((stream) => ({
        urn: stream.urn,
        verdict: tell(() => {
            const warm = warmOf(stream);
            if (warm === undefined || !isOnDemand(stream)) return compliant;
            const there = settings.filter((each) => isInPlace(placeOf(each), placeOf(stream)) !== "no");
            if (there.length > 0) return strictest(there.map((each) => tell(() => judgeSettings(each))));
            return onDemandAdvantage ? compliant : needsAdvantage(warm.property);
        }),
    }));
}

function judgeSettings(settings: ResourceView): Verdict {
    const status = valueAt(settings, "minimumThroughputBillingCommitment", "status");
    if (status === undefined || status === "ENABLED") return compliant;
    return violation(
        `The stack warms an on-demand stream, and its account settings ${settings.name} have a minimumThroughputBillingCommitment that is ${String(status)}: AWS then refuses every warm throughput.`,
        `Set its status to ENABLED${andRelease(settings, ["minimumThroughputBillingCommitment"])}, or remove the warm throughput.`,
    );
}

function needsAdvantage(property: string): Verdict {
    const least = estimateCost({ requirements: { writeMiBPerSecond: 1, recordsPerSecond: 1_024 }, shards: 0 });
    const floor = `${formatDollars(least.onDemandAdvantage.monthly)} a month (${least.region}, ${least.pricesOf})`;
    return violation(
        `AWS accepts ${property} only where account and region are in On-demand Advantage (MinimumThroughputBillingCommitment), which no program can see, and which is billed for at least ${limits.onDemandAdvantageFloorMiBPerSecond} MiB/s in and out, ${floor}.`,
        "Where it is on (aws kinesis describe-account-settings), set onDemandAdvantage of this policy to true; else enable it before the deployment, or remove the warm throughput.",
    );
}
