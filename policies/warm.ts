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
import {
    accountSettingsType,
    isOwnStream,
    numberAt,
    propertyOf,
    type ResourceView,
    shardedStreamType,
    valueAt,
} from "./resources";
import { compliant, strictest, tell, type Verdict, violation } from "./verdict";

/** The property of a stream that is warmed, and how much. */
function warmOf(stream: ResourceView): { readonly property: string; readonly miBps: number } | undefined {
    const property = stream.type === shardedStreamType ? "warmThroughputMiBps" : propertyOf(stream, "warmMiBps");
    const miBps = numberAt(stream, property);
    return miBps === undefined || miBps === 0 ? undefined : { property, miBps };
}

/** What the program itself says. The stream of a ShardedStream is judged where it is declared. */
export function judgeWarmThroughput(stream: ResourceView): Verdict {
    if (stream.type !== shardedStreamType && isOwnStream(stream) && stream.component !== undefined) return compliant;
    const warm = warmOf(stream);
    if (warm === undefined) return compliant;
    const asks = `${warm.property} asks for ${formatNumber(warm.miBps)} MiB/s`;
    if (!isOnDemand(stream)) {
        return violation(
            `${asks} of a stream with provisioned shards, where AWS refuses it.`,
            `Remove ${warm.property}, or use on-demand mode.`,
        );
    }
    const most = limits.warmThroughputMiBpsMax;
    if (warm.miBps > most) {
        return violation(
            `${asks}; AWS accepts ${formatNumber(most)} by default.`,
            `Set ${warm.property} to ${formatNumber(most)} or less, or ask AWS for more.`,
        );
    }
    return stream.type === shardedStreamType ? judgePeak(stream, warm.miBps) : compliant;
}

/** Each MiB/s of it takes 1,000 records a second, as a shard does. */
function judgePeak(stream: ResourceView, miBps: number): Verdict {
    const plan = soundPlan(stream);
    if (!plan) return compliant;
    const enough = Math.ceil(loadInShards(plan.requirements));
    if (miBps >= enough) return compliant;
    const most = limits.warmThroughputMiBpsMax;
    return violation(
        `warmThroughputMiBps asks for ${formatNumber(miBps)} MiB/s, which take as many thousand records/s; the declared peak is ${load(plan)}, of which the stream refuses a part until it has grown.`,
        enough <= most
            ? `Set warmThroughputMiBps to ${formatNumber(enough)} or more.`
            : `AWS accepts ${formatNumber(most)} by default: spread the load over several streams.`,
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
        "Set its status to ENABLED, or remove the warm throughput.",
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
