/**
 * The names of the policies. A list of its own, so that what users' editors load of the package is this list and not every judge.
 */

/** The policies that judge; the one beside them says what these cannot tell. */
export type JudgedPolicyName =
    | "capacity-covers-requirements"
    | "enough-partition-keys"
    | "hottest-key-fits-a-shard"
    | "on-demand-has-no-shard-count"
    | "scaled-stream-ignores-shard-count"
    | "floor-below-requirements"
    | "keys-cost-no-shards"
    | "keys-are-declared"
    | "polls-fit-a-shard"
    | "records-fit-the-stream"
    | "consumers-fit-fan-out"
    | "retention-covers-recovery"
    | "warm-throughput-is-accepted"
    | "functions-keep-up"
    | "cheaper-capacity-mode"
    | "stream-is-encrypted"
    | "stream-is-alarmed"
    | "alarm-can-fire"
    | "alarm-is-meaningful"
    | "raw-stream-is-sized";

export type PolicyName = JudgedPolicyName | "requirements-are-known";
