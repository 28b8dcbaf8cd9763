/**
 * A finding: what is impossible, risky or wasteful about a configuration, and what to do about it.
 *
 * The component, the policies and the command line all speak through findings, each time under the same code.
 */

/** `error`: it cannot work as declared. `warning`: it works until it does not. `info`: money or safety left on the table. */
export type Severity = "error" | "warning" | "info";

/** Every finding, and what it means. The codes are the same in findings, policies and JSON. */
export const findingCodes = {
    "capacity-below-requirements": "The deployed shard count is below what the declared requirements need.",
    "too-many-polls": "All shared consumers together call GetRecords more often than a shard allows.",
    "hottest-key-exceeds-shard":
        "The declared hottest partition key is more than one shard takes, or needs more shards than keys may ask for.",
    "keys-raise-shards": "Few or hot partition keys cost more shards than the load itself needs.",
    "too-few-keys": "So few partition keys that the shards which keys may ask for do not spread the load.",
    "record-too-large": "Rate and count together mean records larger than the stream accepts.",
    "too-many-fan-out-consumers": "More enhanced fan-out consumers than a stream accepts.",
    "consumers-never-catch-up": "After an outage consumers read no faster than producers go on writing.",
    "records-lost-in-outage": "Consumers may be down for longer than records are kept.",
    "recovery-exceeds-retention": "Consumers that were down have not caught up before what they missed first expires.",
    "ordered-lanes-collide": "Partition keys that should progress side by side are likely to share a shard.",
    "shard-quota": "More shards than an account or one UpdateShardCount call gets by default.",
    "cheaper-capacity-mode": "Another capacity mode costs less for the declared load.",
    "function-cannot-keep-up": "A function that reads the stream handles fewer records than the declared peak brings.",
    "hottest-key-exceeds-function":
        "The records of the hottest partition key come faster than one batch after the other.",
    "batch-exceeds-timeout": "A full batch takes longer than the function may run.",
    "record-exceeds-payload": "The largest record does not fit the invocation of a function.",
    "retries-outlast-retention": "A failing record may be retried until the records behind it are lost.",
    "batch-exceeds-payload": "The invocation of a function is full before the batch is.",
    "function-concurrency-quota": "More invocations at once than an account gets by default.",
} as const;

/** The code of a finding, under which every voice speaks of it. */
export type FindingCode = keyof typeof findingCodes;

/**
 * @example
 * { code: "too-many-polls", severity: "error", property: "pollsPerSecondPerConsumer",
 *   message: "6 shared consumers poll each shard 6 times a second; a shard answers 5 GetRecords calls a second.",
 *   fix: "Poll at most 0.83 times a second per consumer, or give 1 consumer enhanced fan-out." }
 */
export interface Finding {
    /** Which finding it is. */
    readonly code: FindingCode;
    /** How bad it is. */
    readonly severity: Severity;
    /** The declared property that the finding is about. */
    readonly property: string;
    /** What is wrong, with its numbers. */
    readonly message: string;
    /** The smallest change that makes it right. */
    readonly fix: string;
}
