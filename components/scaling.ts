/**
 * How a ShardedStream scales itself: what StreamAutoscaler can be told, with defaults from the stream's own plan.
 */
import { randomUUID } from "node:crypto";
import { getKeyOutput } from "@pulumi/aws/kms/getKey";
import * as pulumi from "@pulumi/pulumi";
import { alarmName } from "../capacity/names";
import { type ShardSource } from "../capacity/watching/alarmRow";
import { alarmRows } from "../capacity/watching/alarms";
import { type Size, sizeOf } from "../capacity/sizing/size";
import { completeRequirements, type Requirements } from "../capacity/requirements";
import { ledgerTableTag } from "../capacity/scaling/ledger";
import { scalingRange, withinRange } from "../capacity/scaling/range";
import { scalerEnvironmentNames, scalingDefaults } from "../capacity/scaling/settings";
import { type AlarmsArgs } from "./alarmArgs";
import { aliasIn, keyArn } from "./grants/statements";
import { applyWithUnknowns, comesLater, fieldOf, mapInput, type Ready } from "./inputs";
import { type NotificationsArgs } from "./notifications";

/** What the scaler tells its topic, in words for whoever is on call. */
export const ScalingNotify = {
    /** Nothing; the alarms and the failure destination still speak to it. */
    Off: "off",
    /** Each reshard, whoever made it, and everything of `failures`. */
    All: "all",
    /** A reshard that AWS refused or did not answer, a run that failed, and a ceiling that holds the scaler back for 15 minutes. */
    Failures: "failures",
} as const;

/** What the scaler tells its topic, in words for whoever is on call. */
export type ScalingNotify = (typeof ScalingNotify)[keyof typeof ScalingNotify];

/** The scaler of a stream. Its presence decides whether there is one; each setting has a default. */
export interface ScalingArgs {
    /** The fewest shards that the scaler leaves open, 1 to 10,000. Default: the plan's minimum; lower saves money and is a risk that you take. */
    minShards?: pulumi.Input<number | undefined>;
    /** The most shards that the scaler opens, 1 to 10,000, at least `minShards`. Default: twice the plan's recommended count. */
    maxShards?: pulumi.Input<number | undefined>;
    /**
     * How it decides: `reactive` follows the load of the last minutes and hours, `predictive` plans the next day from the stream's own last
     * fourteen and is reactive where it cannot. Default: `predictive`.
     */
    mode?: pulumi.Input<string | undefined>;
    /** Splits and merges that the scaler may spend in 24 hours, besides the ten UpdateShardCount calls. Whole, 0 to 10,000. Default: 48. */
    maxReshardsPerDay?: pulumi.Input<number | undefined>;
    /** Part of the records that may be refused over the weeks, 0 to 0.1: what the mode `predictive` spends on fewer shards. Default: 0.001, one in a thousand. */
    refusedShareSlo?: pulumi.Input<number | undefined>;
    /** Minutes between two runs, whole, 1 to 60. Default: 1. The utilization alarm starts one at once, too; above 3 it may find no OpenShards to divide by and stay silent. */
    everyMinutes?: pulumi.Input<number | undefined>;
    /** Whether the scaler only observes and changes nothing until it is set to false again. Default: false. */
    paused?: pulumi.Input<boolean | undefined>;
    /** Whether the scaler decides and logs, but never calls Kinesis to change anything. Default: false. */
    dryRun?: pulumi.Input<boolean | undefined>;
    /**
     * Whether the scaler sends a message to its topic: `off`, `all` (each reshard: what, why, from, to, calls left) or `failures` (a reshard
     * that AWS refused or did not answer, a run that failed, a ceiling that holds it back for 15 minutes). Default: `off`.
     */
    notify?: ScalingNotify;
    /** Days that the scaler's log is kept: one of the times that CloudWatch Logs offers. Default: 30. */
    logRetentionDays?: pulumi.Input<number | undefined>;
    /** Name of a DynamoDB table that several scalers share as their ledger. Default: a table of its own, paid per request. */
    ledgerTable?: pulumi.Input<string | undefined>;
    /**
     * ARN of the customer managed KMS key that encrypts the scaler's log group and its own ledger table. Its policy must admit
     * `logs.REGION.amazonaws.com` (kms:Encrypt, kms:Decrypt, kms:ReEncrypt*, kms:GenerateDataKey*, kms:DescribeKey), or the log group is refused.
     * With a shared `ledgerTable`: the key of that table, too. Default: the keys of AWS.
     */
    kmsKeyArn?: pulumi.Input<string | undefined>;
    /** Processor of the function: `arm64` or `x86_64`. Default: `x86_64`, which Lambda takes where nothing is said. */
    architecture?: pulumi.Input<string | undefined>;
    /** ARN of the IAM policy that bounds the roles of the scaler. Default: none. */
    permissionsBoundary?: pulumi.Input<string | undefined>;
    /** Path of the scaler's roles, beginning and ending with a slash. Default: /. */
    rolePath?: pulumi.Input<string | undefined>;
}

type Tags = pulumi.Input<Record<string, pulumi.Input<string>> | undefined>;

/** Who decides on the shards of a ShardedStream. */
export function shardSourceOf({ hold, scaling, capacityMode, shardCount }: ShardSourceArgs): pulumi.Input<ShardSource> {
    if (scaling !== undefined) return "scaler";
    if (hold) return "elsewhere";
    if (capacityMode === "on-demand") return "onDemand";
    return mapInput(shardCount, (known) => (known === undefined ? "requirements" : "shardCount"));
}

interface ShardSourceArgs {
    readonly hold?: boolean | undefined;
    readonly scaling?: ScalingArgs | undefined;
    readonly capacityMode?: string | undefined;
    readonly shardCount?: pulumi.Input<number | undefined>;
}

/** The fewest shards, the most, and the declared peak that the scaler works between, each from the plan where it is not set. */
export function scalingSettings(scaling: ScalingArgs, requirements: pulumi.Input<Requirements>): RangeInputs {
    const settings = mapInput(
        { requirements, minShards: scaling.minShards, maxShards: scaling.maxShards },
        ({ requirements: known, minShards, maxShards }) => scalingRange(size(known), { minShards, maxShards }),
    );
    return {
        minShards: fieldOf(settings, "minShards"),
        maxShards: fieldOf(settings, "maxShards"),
        peakShards: fieldOf(settings, "peakShards"),
    };
}

/** The planned count, inside the range of the scaler that takes over from there. */
export function plannedShards(
    requirements: pulumi.Input<Requirements>,
    settings: RangeInputs | undefined,
): pulumi.Input<number> {
    return mapInput({ requirements, settings }, ({ requirements: known, settings: range }) =>
        within(range, size(known as Requirements).recommendedShards),
    );
}

/** The fewest shards that a scaler has open at the declared peak, whatever it started with. */
export function shardsAtPeak(requirements: pulumi.Input<Requirements>, settings: RangeInputs): pulumi.Input<number> {
    return mapInput({ requirements, settings }, ({ requirements: known, settings: range }) =>
        within(range, size(known as Requirements).minimumShards),
    );
}

/** The size alone: a plan's findings are the policies' matter, and most of its time. A stream asks for it three times, a fleet often for the same. */
function size(requirements: Requirements): Size {
    const text = JSON.stringify(requirements);
    if (last?.text !== text) last = { text, size: sizeOf(completeRequirements(requirements)) };
    return last.size;
}

let last: { readonly text: string; readonly size: Size } | undefined;

function within(range: pulumi.Unwrap<RangeInputs> | undefined, shards: number): number {
    return range === undefined ? shards : withinRange(range, shards);
}

type Variables = Record<string, pulumi.Input<string>>;

/** The function's variables with that of the refusals that are allowed: none where it is of no account, as in a function that was deployed before. */
export function withRefusedShare(
    variables: Variables,
    { mode, refusedShareSlo }: ScalingArgs,
): pulumi.Input<Variables> {
    const more = mapInput({ mode, refusedShareSlo }, (known): Record<string, string> => {
        const { mode: decides = scalingDefaults.mode, refusedShareSlo: share = scalingDefaults.refusedShareSlo } =
            known;
        const isIdle = decides === "reactive" && share === scalingDefaults.refusedShareSlo;
        return isIdle ? {} : { [scalerEnvironmentNames.refusedShareSlo]: String(share) };
    });
    // Together, since Pulumi tells a secret that turns out to hold nothing as null.
    return comesLater(more)
        ? pulumi.all([variables, more]).apply(([known, later]) => ({ ...known, ...later }))
        : { ...variables, ...more };
}

/** The variables that tell the function whom it tells of what: none where nobody is told, as in a function that was deployed before. */
export function notifyVariables(
    notify: ScalingNotify = scalingDefaults.notify,
    topicArn: pulumi.Input<string> | undefined,
): Record<string, pulumi.Input<string>> {
    if (notify === ScalingNotify.Off || topicArn === undefined) return {};
    return { [scalerEnvironmentNames.notify]: notify, [scalerEnvironmentNames.topicArn]: topicArn };
}

export type RangeInputs = { [Name in "minShards" | "maxShards" | "peakShards"]: pulumi.Input<number> };

/** Leaves a note in the state that the stream is on-demand: its inputs have no shard count for a later deployment to keep. */
export function rememberOnDemand(name: string, parent: pulumi.Resource, ready: Ready): void {
    // Replaced where the note said something else, because a Stash answers with what it was created with.
    new pulumi.Stash(noteOnDemand(name), { input: true }, { parent, dependsOn: ready, replaceOnChanges: ["input"] });
}

const noteOnDemand = (name: string) => `${name}-on-demand`;

/**
 * Hands the shard count over to the scaler: deployments leave it alone from then on.
 *
 * `ignoreChanges` takes the count from the last deployment. A stream that was on-demand has none there, and a provisioned stream cannot do
 * without: the deployment that turns the one into the other must set the count. Only the state knows which deployment that is: the first
 * Stash was created by an on-demand stream, and the second is created now, so it answers with the value of now. The list is read when
 * the stream is registered, after its `dependsOn` is settled. Where that very deployment fails at the stream (AWS allows two changes of
 * mode in 24 hours), one deployment without `scaling` sets the count.
 */
export function handOverCount(
    name: string,
    parent: pulumi.Resource,
    ready: Ready,
): pulumi.CustomResourceOptions & { parent: pulumi.Resource } {
    const now = randomUUID();
    const child = { parent, dependsOn: ready };
    const wasOnDemand = new pulumi.Stash(noteOnDemand(name), { input: false }, child);
    const attached = new pulumi.Stash(`${name}-scaler`, { input: now }, { ...child, ignoreChanges: ["input"] });
    const ignoreChanges = ["shardCount"];
    const known = new Promise<pulumi.Resource[]>((resolve) => {
        applyWithUnknowns([wasOnDemand.output, attached.output], (notes) => {
            const [onDemand, since] = notes as [unknown, unknown];
            if (onDemand === true && (since === now || pulumi.isUnknown(since))) ignoreChanges.pop();
            resolve([]);
        });
    });
    const settled: Promise<pulumi.Resource[]> = Promise.all([ready, known]).then(() => []);
    return {
        parent,
        dependsOn: settled,
        transformations: [({ props, opts }) => ({ props, opts: { ...opts, ignoreChanges } })],
    };
}

/** The tags of the stream; a ledger that is shared is found again through one of them. */
export function tagsWithLedger(tags: Tags, ledgerTable: pulumi.Input<string> | undefined): Tags {
    if (ledgerTable === undefined) return tags;
    return mapInput({ tags, ledgerTable }, (known) => ({ ...known.tags, [ledgerTableTag]: known.ledgerTable }));
}

/** The alarm that invokes the scaler at once, unless it was switched off. */
export function utilizationAlarm(
    streamName: pulumi.Output<string>,
    alarms: AlarmsArgs | undefined,
): pulumi.Output<string>[] {
    if (alarms?.writeUtilization?.enabled === false) return [];
    return [streamName.apply((stream) => alarmName(stream, alarmRows.writeUtilization.suffix))];
}

/** The ARN of the key of the own topic, with which the scaler reports its failures; IAM knows no alias as a resource. */
export function topicKeyArn(
    notifications: NotificationsArgs | undefined,
    streamArn: pulumi.Output<string>,
    keyRegion: pulumi.Input<string | undefined>,
    parent: pulumi.Resource,
): pulumi.Output<string | undefined> | undefined {
    if (notifications?.topicKmsKeyId === undefined) return undefined;
    return pulumi
        .all([notifications.topicKmsKeyId, streamArn])
        .apply(([keyId, arn]): pulumi.Output<string | undefined> => {
            if (keyId === undefined || keyId === null) return pulumi.output(undefined);
            if (aliasIn(keyId)) return getKeyOutput({ keyId, region: keyRegion }, { parent }).arn;
            return pulumi.output(keyArn(keyId, arn));
        });
}
