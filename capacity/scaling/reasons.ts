/**
 * Why the scaler did what it did: the codes that its log, the ledger, the command line and the tests talk about.
 */

/** What docs/scaling.md says of each: a table of its own, which the Lambda does not carry. */
export const reasonMeanings = {
    // Nothing to do.
    "load-fits": "The open shards carry the load, and fewer would not be worth a call.",
    "recent-peak": "The load has fallen, but a recent peak needs more shards than the load of now.",
    "recent-jumps": "The load has fallen, but yesterday's jumps need more room than fewer shards would leave.",
    "recent-refusals": "The load has fallen, but records were refused at fewer shards within the last day.",
    "metrics-late": "CloudWatch has no recent datapoints; silence is not yet taken for idleness.",
    "too-young": "The load is known for too short a time to say what the stream can do without.",
    "plan-holds": "The plan of the predictive mode keeps the open shards for now.",
    // Acts.
    "below-floor": "Fewer shards than minShards: to the floor.",
    "above-ceiling": "More shards than maxShards: to the ceiling.",
    "load-rises": "The load comes near what the open shards take: more shards.",
    "records-refused": "Records are refused: more shards at once.",
    "doubling-limit": "More shards are needed than one call may go to; the next call goes on.",
    "load-fell": "The load has been low for long enough: fewer shards.",
    "halving-limit": "Fewer shards are enough than one call may go to; the next call goes on.",
    "split-widest": "Records are refused and no UpdateShardCount call is left: the widest shard is split.",
    "ranges-evened":
        "The hash key ranges are uneven and the widest is full first: one call makes them even, which take more.",
    "walk-out": "More shards by splits, one after the other; they take none of the UpdateShardCount calls.",
    "walk-in": "Fewer shards by merges, one after the other; they take none of the UpdateShardCount calls.",
    "plan-out": "The plan expects more load, or holds a higher count: more shards before they are needed.",
    "plan-in": "The plan expects less load for long enough, or holds a lower count: fewer shards.",
    // Wanted, and not allowed.
    "at-ceiling": "The load asks for more than maxShards.",
    "at-peak": "The declared peak is reached; more shards only when records are refused.",
    "uneven-load":
        "Records are refused although the load fits: a hot key or bursts of seconds, which more shards do not mend.",
    "calls-spent": "No UpdateShardCount call is left in the rolling 24 h.",
    "calls-kept": "The calls that are left are kept for scaling out.",
    "splits-spent": "A split or a merge is wanted, and none is left in the rolling 24 h.",
    "splits-too-few": "A split is wanted, and the splits that are left are fewer than the widest shards.",
    "call-unanswered": "AWS did not answer the last call; asking again in 2, then 4, then 8 minutes.",
    "shard-quota": "The account's shard quota is reached; asking again later.",
    "updates-blocked":
        "AWS refused UpdateShardCount, for calls of others or a limit that it names; asking again later.",
    "consumers-behind": "Readers are behind; scaling in waits until they have caught up.",
    "metrics-missing": "CloudWatch did not answer; nothing is changed on a guess.",
    // Not now.
    "stream-busy": "A reshard is under way; one at a time.",
    "stream-deleting": "The stream is being deleted.",
    "on-demand": "An on-demand stream scales itself.",
    "clock-went-back": "The ledger was written by a later clock; nothing is changed until time has caught up.",
} as const satisfies Record<string, string>;

export type ReasonCode = keyof typeof reasonMeanings;

/** What quiet minutes say, one after the other. */
const unnoted: readonly ReasonCode[] = [
    "load-fits",
    "recent-peak",
    "recent-jumps",
    "recent-refusals",
    "metrics-late",
    "too-young",
    "plan-holds",
    "calls-kept",
    "consumers-behind",
    "stream-busy",
];

/** Whether the ledger's history keeps it, for who asks about it the next morning. */
export function isNoted(reason: ReasonCode): boolean {
    return !unnoted.includes(reason);
}
