/**
 * Judges of what is declared in vain of a stream in on-demand mode.
 */
import { formatNumber } from "../capacity/text";
import { isOnDemand, onDemandWords } from "./declared";
import { andRelease, isOwnStream, numberAt, type ResourceView, shardedStreamType, valueAt } from "./resources";
import { compliant, tell, together, type Verdict, violation } from "./verdict";

/** All that is declared in vain: whoever removes one of them alone is refused for the other. */
export function judgeOnDemand(stream: ResourceView): Verdict {
    if (!isOnDemand(stream)) return compliant;
    return together([tell(() => judgeCountOnDemand(stream)), tell(() => judgeScalingOnDemand(stream))]);
}

function judgeCountOnDemand(stream: ResourceView): Verdict {
    const shards = shardsOnDemand(stream);
    if (shards === undefined) return compliant;
    return violation(
        `${onDemandWords(stream)}, where Kinesis sets the shards itself; shardCount asks for ${formatNumber(shards)}.`,
        `Remove shardCount${andRelease(stream, ["shardCount"])}, or use provisioned mode${andRelease(stream, ["streamModeDetails"])}.`,
    );
}

function judgeScalingOnDemand(stream: ResourceView): Verdict {
    if (stream.type !== shardedStreamType || valueAt(stream, "scaling") === undefined) return compliant;
    return violation(
        `${onDemandWords(stream)}, where Kinesis refuses UpdateShardCount; scaling attaches a scaler that cannot act.`,
        "Remove scaling, or use provisioned mode.",
    );
}

/** The shards that an on-demand stream asks for nevertheless; the providers take 0 for none. */
export function shardsOnDemand(stream: ResourceView): number | undefined {
    const shards = isOnDemand(stream) ? numberAt(stream, "shardCount") : undefined;
    return shards !== undefined && shards > 0 ? shards : undefined;
}

/** Each lane asks for a shard of its own, and AWS alone says how many an on-demand stream has. */
export function judgeLanes(stream: ResourceView): Verdict {
    const declared = stream.type === shardedStreamType ? stream : stream.component;
    if (declared === undefined || !isOnDemand(stream)) return compliant;
    // The stream that a ShardedStream makes speaks where a transform or a hold has made it on-demand.
    const isSaid = declared !== stream && (!isOwnStream(stream) || isOnDemand(declared));
    return isSaid ? compliant : lanesOnDemand(stream, numberAt(declared, "requirements", "orderedLanes"));
}

/** The lanes that are declared for an on-demand stream, wherever that is. */
export function lanesOnDemand(stream: ResourceView, orderedLanes = 1): Verdict {
    if (!(orderedLanes > 1)) return compliant;
    return violation(
        `${onDemandWords(stream)}, where Kinesis sets the shards itself; ${formatNumber(orderedLanes)} orderedLanes ask for a shard each, which nobody can promise.`,
        `Use provisioned mode${andRelease(stream, ["streamModeDetails"])}, or leave orderedLanes out if lanes may share a shard.`,
    );
}
