/**
 * Scalers that others have published, each by its rule and with its own defaults. None of them counts its UpdateShardCount calls: what AWS refuses,
 * it asks for again.
 */
import { minuteMs } from "../calendar";
import { limits } from "../limits";
import { type PeerPolicy, type ReplayView, still, towards } from "./policy";

export interface ShardBounds {
    readonly minShards: number;
    readonly maxShards: number;
}

export type PublishedScaler = PeerPolicy & { readonly source: string };

export function publishedScalers(bounds: ShardBounds): PublishedScaler[] {
    return [alarmsAndMathPolicy(bounds), substationPolicy(bounds), scalingUtilsPolicy(bounds)];
}

/**
 * aws-samples/kinesis-auto-scaling: two alarms on five-minute use, missing ones filled with 0. 75 % in five of five doubles, below 25 % in 57 of 60
 * halves, rounding down: AWS refuses half of an odd count.
 */
function alarmsAndMathPolicy({ minShards, maxShards }: ShardBounds): PublishedScaler {
    return {
        name: "aws-samples/kinesis-auto-scaling",
        source: "https://github.com/aws-samples/kinesis-auto-scaling (terraform/scale.tf, golang/scale.go)",
        everyMinutes: 1,
        decide: (view) => {
            if (view.updating) return still;
            const used = lastUses(view, 300, 5, "zero");
            const open = view.shards.length;
            if (used.length >= 5 && used.slice(-5).every((part) => part >= 0.75))
                return towards(Math.min(2 * open, maxShards), open);
            const low = used.length === 60 && used.filter((part) => part < 0.25).length >= 57;
            return low ? towards(Math.max(Math.floor(open / 2), 1, minShards), open) : still;
        },
    };
}

/**
 * brexhq/substation, its autoscaling Lambda: five minutes at 70 % scale out, an hour at 35 % at most scales in, by a factor that is smaller for more
 * shards; at least 3 minutes after the last change, or 30 before one in. Its alarms repeat the last use where one is missing (the ones that its
 * Terraform makes fill 0, until the Lambda's first change).
 */
function substationPolicy({ minShards, maxShards }: ShardBounds): PublishedScaler {
    const factorOf = (open: number) => (open < 5 ? 2 : open < 13 ? 1.75 : open < 33 ? 1.5 : 1.25);
    return {
        name: "brexhq/substation",
        source: "https://github.com/brexhq/substation (cmd/aws/lambda/autoscale/main.go)",
        everyMinutes: 1,
        decide: (view) => {
            if (view.updating) return still;
            const [recent, hour] = [lastUses(view, 5, 1, "repeat"), lastUses(view, 60, 1, "repeat")];
            const open = view.shards.length;
            const rested = minutesSinceCall(view);
            if (recent.length === 5 && recent.every((part) => part >= 0.7) && rested >= 3)
                return towards(Math.min(Math.floor(open * factorOf(open)), maxShards), open);

            const low = hour.length === 60 && hour.every((part) => part <= 0.35) && rested >= 30;
            return low ? towards(Math.max(Math.ceil(open / factorOf(open)), minShards), open) : still;
        },
    };
}

/**
 * awslabs/amazon-kinesis-scaling-utils with the example of percentages in its README, looked at every five minutes: five of the last 15 minutes above 75 % make half as
 * many again, 15 below 25 %, or without a datapoint, take a quarter off; 15 minutes after the last time out, 60 after the last in.
 */
function scalingUtilsPolicy({ minShards, maxShards }: ShardBounds): PublishedScaler {
    let last = { outMs: -Infinity, inMs: -Infinity };
    return {
        name: "awslabs/amazon-kinesis-scaling-utils",
        source: "https://github.com/awslabs/amazon-kinesis-scaling-utils (README.md, StreamMonitor.java)",
        everyMinutes: 5,
        decide: (view) => {
            const { nowMs } = view;
            if (nowMs < Math.max(last.outMs, last.inMs)) last = { outMs: -Infinity, inMs: -Infinity };
            if (view.updating) return still;
            const used = lastUses(view, 15, 1, "zero");
            const open = view.shards.length;
            if (used.filter((part) => part > 0.75).length >= 5) {
                if (nowMs - last.outMs < 15 * minuteMs) return still;
                last.outMs = nowMs;
                return towards(Math.min(Math.ceil(1.5 * open), maxShards), open);
            }
            if (used.filter((part) => part < 0.25).length < 15 || nowMs - last.inMs < 60 * minuteMs) return still;
            last.inMs = nowMs;
            return towards(Math.max(open - Math.floor(open / 4), minShards), open);
        },
    };
}

function minutesSinceCall({ reshards, nowMs }: ReplayView): number {
    return reshards.length === 0 ? Infinity : (nowMs - reshards.at(-1)!.atMs) / minuteMs;
}

/** What a scaler takes a period without a datapoint for: one of nothing, or one like the last before it. */
type Missing = "zero" | "repeat";

/**
 * What was accepted in the last so many minutes over what the shards of now take, oldest first, in means of a period; shorter while the stream is
 * younger, and where there is nothing yet to repeat.
 */
function lastUses(
    { samples, nowMs, shards, createdMs }: ReplayView,
    minutes: number,
    periodMinutes: number,
    missing: Missing,
): number[] {
    const newestMs = samples.at(-1)?.startMs ?? -Infinity;
    // What is late is not yet nothing.
    const endMs = nowMs - newestMs <= 5 * minuteMs ? newestMs + minuteMs : nowMs - minuteMs;
    const known = Math.min(minutes, Math.floor((endMs - createdMs) / minuteMs));
    const uses = new Array<number | undefined>(Math.max(0, Math.floor(known / periodMinutes))).fill(undefined);
    const beginMs = endMs - uses.length * periodMinutes * minuteMs;
    const full = limits.shardWriteBytesPerSecond * 60 * periodMinutes * shards.length;
    for (let index = samples.length - 1; index >= 0 && samples[index]!.startMs >= beginMs; index--) {
        const { startMs, acceptedBytes } = samples[index]!;
        const period = Math.floor((startMs - beginMs) / (periodMinutes * minuteMs));
        uses[period] = (uses[period] ?? 0) + acceptedBytes / full;
    }
    return filled(uses, missing);
}

function filled(uses: readonly (number | undefined)[], missing: Missing): number[] {
    if (missing === "zero") return uses.map((use) => use ?? 0);
    let last: number | undefined;
    return uses.flatMap((use) => {
        last = use ?? last;
        return last === undefined ? [] : [last];
    });
}
