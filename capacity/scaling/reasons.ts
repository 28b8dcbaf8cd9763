/**
 * Why the scaler did what it did: the codes that its log, the ledger, the command line and the tests talk about.
 */
interface ReasonRow {
    readonly meaning: string;
    /** Whether the ledger's history keeps it: what somebody asks about the next morning, not what every quiet minute says. */
    readonly noted: boolean;
}

const rows = {
    // Nothing to do.
    "load-fits": { meaning: "The open shards carry the load, and fewer would not be worth a call.", noted: false },
    "recent-peak": {
        meaning: "The load has fallen, but a recent peak needs more shards than the load of now.",
        noted: false,
    },
    "recent-jumps": {
        meaning: "The load has fallen, but yesterday's jumps need more room than fewer shards would leave.",
        noted: false,
    },
    "metrics-late": {
        meaning: "CloudWatch has no recent datapoints; silence is not yet taken for idleness.",
        noted: false,
    },
    "too-young": {
        meaning: "The load is known for too short a time to say what the stream can do without.",
        noted: false,
    },
    // Acts.
    "below-floor": { meaning: "Fewer shards than minShards: to the floor.", noted: true },
    "above-ceiling": { meaning: "More shards than maxShards: to the ceiling.", noted: true },
    "load-rises": { meaning: "The load comes near what the open shards take: more shards.", noted: true },
    "records-refused": { meaning: "Records are refused: more shards at once.", noted: true },
    "doubling-limit": {
        meaning: "More shards are needed than one call may go to; the next call goes on.",
        noted: true,
    },
    "load-fell": { meaning: "The load has been low for long enough: fewer shards.", noted: true },
    "halving-limit": {
        meaning: "Fewer shards are enough than one call may go to; the next call goes on.",
        noted: true,
    },
    "split-widest": {
        meaning: "Records are refused and no UpdateShardCount call is left: the widest shard is split.",
        noted: true,
    },
    "ranges-evened": {
        meaning:
            "The hash key ranges are uneven and the widest is full first: one call makes them even, which take more.",
        noted: true,
    },
    "walk-out": {
        meaning: "More shards by splits, one after the other; they take none of the UpdateShardCount calls.",
        noted: true,
    },
    "walk-in": {
        meaning: "Fewer shards by merges, one after the other; they take none of the UpdateShardCount calls.",
        noted: true,
    },
    // Wanted, and not allowed.
    "at-ceiling": { meaning: "The load asks for more than maxShards.", noted: true },
    "at-peak": { meaning: "The declared peak is reached; more shards only when records are refused.", noted: true },
    "uneven-load": {
        meaning:
            "Records are refused although the load fits: a hot key or bursts of seconds, which more shards do not mend.",
        noted: true,
    },
    "calls-spent": { meaning: "No UpdateShardCount call is left in the rolling 24 h.", noted: true },
    "calls-kept": { meaning: "The calls that are left are kept for scaling out.", noted: false },
    "splits-spent": { meaning: "A split or a merge is wanted, and none is left in the rolling 24 h.", noted: true },
    "splits-too-few": {
        meaning: "A split is wanted, and the splits that are left are fewer than the widest shards.",
        noted: true,
    },
    "call-unanswered": {
        meaning: "AWS did not answer the last call; asking again in 2, then 4, then 8 minutes.",
        noted: true,
    },
    "shard-quota": { meaning: "The account's shard quota is reached; asking again later.", noted: true },
    "updates-blocked": {
        meaning: "AWS refused UpdateShardCount, for calls of others or a limit that it names; asking again later.",
        noted: true,
    },
    "consumers-behind": { meaning: "Readers are behind; scaling in waits until they have caught up.", noted: false },
    "metrics-missing": { meaning: "CloudWatch did not answer; nothing is changed on a guess.", noted: true },
    // Not now.
    "stream-busy": { meaning: "A reshard is under way; one at a time.", noted: false },
    "stream-deleting": { meaning: "The stream is being deleted.", noted: true },
    "on-demand": { meaning: "An on-demand stream scales itself.", noted: true },
    "clock-went-back": {
        meaning: "The ledger was written by a later clock; nothing is changed until time has caught up.",
        noted: true,
    },
} as const satisfies Record<string, ReasonRow>;

export type ReasonCode = keyof typeof rows;

export const scalingReasons: Readonly<Record<ReasonCode, ReasonRow>> = rows;
