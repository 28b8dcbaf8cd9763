/**
 * What an answer shows to the actor that asked, which is all that it can be blamed for not minding.
 */
import { type Actor, type ShownShard } from "./actor";
import { type Request } from "./wire";

/** @param epoch which of the stream's changes a true answer has */
export function show({ actor, operation, input, fault }: Request, output: object, epoch: number | undefined): void {
    if (fault === "truncated" || fault?.startsWith("metrics-")) actor.lies++;
    if (operation === "DescribeStreamSummary") {
        const { StreamDescriptionSummary: summary } = output as { StreamDescriptionSummary?: { StreamStatus: string } };
        actor.shownStatus = summary?.StreamStatus;
    } else if (operation === "ListShards") {
        showShards(actor, input, output, epoch);
    } else if (operation === "GetMetricData") {
        actor.metricsAreWhole = isWhole(input, output);
    }
}

interface ListedShard {
    readonly ShardId: string;
    readonly HashKeyRange: { readonly StartingHashKey: string; readonly EndingHashKey: string };
    readonly SequenceNumberRange: { readonly EndingSequenceNumber?: string };
}

function showShards(actor: Actor, input: Request["input"], output: object, epoch: number | undefined): void {
    const filter = input.ShardFilter as { Type: string } | undefined;
    if (input.NextToken === undefined) actor.listsPast = filter?.Type === "AT_TIMESTAMP";
    if (actor.listsPast) return;
    const { Shards: shards = [] } = output as { Shards?: ListedShard[] };
    const open = shards.filter(({ SequenceNumberRange: range }) => range.EndingSequenceNumber === undefined);
    const shown = open.map(({ ShardId: id, HashKeyRange: range }): ShownShard => {
        return { id, start: BigInt(range.StartingHashKey), end: BigInt(range.EndingHashKey) };
    });
    actor.shownShards = input.NextToken === undefined ? shown : [...(actor.shownShards ?? []), ...shown];
    actor.shownEpoch = epoch;
}

function isWhole(input: Request["input"], output: object): boolean {
    const { MetricDataResults: results } = output as { MetricDataResults: { StatusCode: string }[] };
    const asked = (input.MetricDataQueries as readonly unknown[]).length;
    return results.length === asked && results.every(({ StatusCode: status }) => status === "Complete");
}
