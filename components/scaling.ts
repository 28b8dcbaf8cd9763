/**
 * How a ShardedStream scales itself: what StreamAutoscaler can be told, with defaults from the stream's own plan.
 */
import type * as pulumi from "@pulumi/pulumi";

/** The scaler of a stream. Its presence decides whether there is one; each setting has a default. */
export interface ScalingArgs {
    /** The fewest shards that the scaler leaves open, 1 to 10,000. Default: the plan's minimum; lower saves money and is a risk that you take. */
    minShards?: pulumi.Input<number>;
    /** The most shards that the scaler opens, 1 to 10,000, at least `minShards`. Default: twice the plan's recommended count. */
    maxShards?: pulumi.Input<number>;
    /** How it decides: `reactive` follows the load of the last minutes and hours. Default: `reactive`. */
    mode?: pulumi.Input<string>;
    /** Splits and merges that the scaler may spend in 24 hours, besides the ten UpdateShardCount calls. Whole, 0 to 10,000. Default: 48. */
    maxReshardsPerDay?: pulumi.Input<number>;
    /** Minutes between two runs, whole, 1 to 60. Default: 1. The utilization alarm starts one at once, too. */
    everyMinutes?: pulumi.Input<number>;
    /** Whether the scaler only observes and changes nothing until it is set to false again. Default: false. */
    paused?: pulumi.Input<boolean>;
    /** Whether the scaler decides and logs, but never calls Kinesis to change anything. Default: false. */
    dryRun?: pulumi.Input<boolean>;
    /** Days that the scaler's log is kept: one of the times that CloudWatch Logs offers. Default: 30. */
    logRetentionDays?: pulumi.Input<number>;
    /** Name of a DynamoDB table that several scalers share as their ledger. Default: a table of its own, paid per request. */
    ledgerTable?: pulumi.Input<string>;
    /** ARN of the IAM policy that bounds the roles of the scaler. Default: none. */
    permissionsBoundary?: pulumi.Input<string>;
    /** Path of the scaler's roles, beginning and ending with a slash. Default: /. */
    rolePath?: pulumi.Input<string>;
}
