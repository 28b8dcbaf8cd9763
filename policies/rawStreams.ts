/**
 * Judges of Kinesis streams that no ShardedStream makes, of either provider, by what a configuration declares for them.
 */
import { limits } from "../capacity/limits";
import { InvalidInputError } from "../capacity/problems";
import { type CompleteRequirements, type Requirements } from "../capacity/requirements";
import { type CapacityPlan } from "../capacity/sizing/plan";
import { sizeOf } from "../capacity/sizing/size";
import { formatNumber } from "../capacity/text";
import { attemptPlan, isOnDemand, malformed, need } from "./declared";
import { ifShown } from "./hidden";
import { type Judgement, scalerOf, streamsOf } from "./matches";
import {
    andRelease,
    entryOf,
    ignores,
    isOwnStream,
    numberAt,
    propertyOf,
    type ResourceView,
    Unknown,
    valueAt,
} from "./resources";
import { lanesOnDemand } from "./onDemand";
import { judgeAccepted, judgeRecovery } from "./streams";
import { cannotTell, compliant, tell, together, type Verdict, violation } from "./verdict";

export interface RawStreamConfig {
    /** Requirements by stream name: the physical one, or the name in the program. */
    readonly requirements: Readonly<Record<string, Requirements>>;
}

/** A stream by itself. Where deployments leave its shard count alone, the stack tells what else sets it. */
export function judgeRawStream(stream: ResourceView, config: RawStreamConfig): Verdict {
    if (isOwnStream(stream)) return compliant;
    const onDemand = isOnDemand(stream);
    const isItsOwn = !onDemand && !ignores(stream, "shardCount");
    const requirements = configuredRequirements(stream, config);
    if (requirements === undefined) {
        const unknown = unknownOf(stream, isItsOwn);
        if (unknown.length > 0) return cannotTell(unknown);
        return onDemand ? compliant : undeclared(stream);
    }
    const plan = attemptPlan(requirements, []);
    if (plan instanceof InvalidInputError) return malformed(plan);
    const error = plan.findings.find(({ severity }) => severity === "error");
    return together([
        isItsOwn ? tell(() => judgeItsShards(stream, plan)) : compliant,
        onDemand ? lanesOnDemand(stream, requirements.orderedLanes) : compliant,
        error ? violation(error.message, error.fix) : compliant,
        tell(() => judgeLargest(stream, plan)),
        tell(() => judgeOutage(stream, plan, isItsOwn)),
    ]);
}

/**
 * What nobody knows yet of all that declared requirements would be compared with: requirements-are-known says it, which does not know this
 * policy's configuration. What is merely secret does not matter to a stream for which nothing is declared.
 */
function unknownOf(stream: ResourceView, isItsOwn: boolean): string[] {
    const verdicts = [acceptedKiB, keptHours, ...(isItsOwn ? [shardCountOf] : [])].map((read) =>
        tell(() => (read(stream), compliant)),
    );
    const unknown = verdicts.flatMap((verdict) => (verdict.verdict === "cannot-tell" ? verdict.unknown : []));
    return unknown.filter((path) => !stream.secrets?.includes(path));
}

function shardCountOf(stream: ResourceView): number | undefined {
    return numberAt(stream, "shardCount");
}

function undeclared({ name }: ResourceView): Verdict {
    return violation(
        "The stream's requirements are undeclared, so nobody can tell whether its shards are enough.",
        `Use a ShardedStream, or declare them in the policy's configuration: { "raw-stream-is-sized": { "requirements": { ${JSON.stringify(name)}: { "writeMiBPerSecond": ..., "recordsPerSecond": ... } } } }.`,
    );
}

function judgeItsShards(stream: ResourceView, plan: CapacityPlan): Verdict {
    const shards = shardCountOf(stream);
    const says = shards === undefined ? "shardCount is not set" : `shardCount deploys ${formatNumber(shards)}`;
    const fix = `Set shardCount to ${formatNumber(plan.minimumShards)} or more; the plan recommends ${formatNumber(plan.recommendedShards)}.`;
    return judgeShards(shards ?? 0, plan, says, fix);
}

/** The largest record that it accepts. */
function acceptedKiB(stream: ResourceView): number {
    return numberAt(stream, propertyOf(stream, "maxRecordKiB")) || limits.recordKiBDefaultMax;
}

function judgeLargest(stream: ResourceView, { requirements: { maxRecordKiB } }: CapacityPlan): Verdict {
    const property = propertyOf(stream, "maxRecordKiB");
    const fix = `Set ${property} to ${formatNumber(maxRecordKiB)} or more${andRelease(stream, [property])}.`;
    return judgeAccepted(maxRecordKiB, acceptedKiB(stream), fix);
}

/** For how long it keeps records. */
function keptHours(stream: ResourceView): number {
    return numberAt(stream, propertyOf(stream, "retentionHours")) || limits.retentionHoursDefault;
}

/** The declared outage of consumers against the retention, and what they can read on a count that the program sets. */
function judgeOutage(stream: ResourceView, plan: CapacityPlan, isItsOwn: boolean): Verdict {
    const { requirements, minimumShards } = plan;
    const { consumerOutageHours: outageHours } = requirements;
    if (outageHours === undefined) return compliant;
    const property = propertyOf(stream, "retentionHours");
    const shards = isItsOwn ? shardCountOf(stream) : undefined;
    // Faster reading takes more shards, which here the program sets; no other change of the requirements opens any.
    const shardsOf = (set: number) => (changed: CompleteRequirements) =>
        changed.catchUpFactor === requirements.catchUpFactor ? set : Math.max(set, sizeOf(changed).minimumShards);
    return judgeRecovery({
        requirements,
        outage: { outageHours, retentionHours: keptHours(stream) },
        property,
        release: andRelease(stream, [property]),
        // Of too few for the load it is said already.
        ...(shards !== undefined && shards >= minimumShards && { shardsOf: shardsOf(shards) }),
        fasterText: (faster) => `set shardCount to ${formatNumber(faster.shards)} or more`,
    });
}

/** A stream whose shard count deployments leave alone: what its scaler lets it grow to, or else what it has. */
export function judgeRawStreams(resources: readonly ResourceView[], config: RawStreamConfig): Judgement[] {
    const left = streamsOf(resources).filter((stream) => !isOwnStream(stream) && ignores(stream, "shardCount"));
    return left.map((stream) => ({
        urn: stream.urn,
        verdict: tell(() => {
            const requirements = configuredRequirements(stream, config);
            if (requirements === undefined || isOnDemand(stream)) return compliant;
            const scaler = scalerOf(stream, resources);
            if (scaler instanceof Unknown) return cannotTell([scaler.path]);
            const plan = attemptPlan(requirements, []);
            if (plan instanceof InvalidInputError) return compliant;
            return scaler ? ifShown(scaler, () => judgeMaxShards(scaler, plan)) : judgeKeptShards(stream, plan);
        }),
    }));
}

function judgeMaxShards(scaler: ResourceView, plan: CapacityPlan): Verdict {
    const maxShards = numberAt(scaler, "maxShards");
    const recommended = Math.min(plan.recommendedShards, limits.updateShardCountTargetMax);
    const fix = `Set maxShards to ${formatNumber(plan.minimumShards)} or more; the plan recommends ${formatNumber(recommended)}.`;
    const says = `the scaler ${scaler.name} stops at maxShards ${formatNumber(maxShards ?? 0)}`;
    return judgeShards(maxShards, plan, says, withinOneStream(plan, fix));
}

/** What ignoreChanges keeps, a changed program does not change. */
function judgeKeptShards(stream: ResourceView, plan: CapacityPlan): Verdict {
    const shards = shardCountOf(stream);
    const fix = `Scale the stream to at least ${formatNumber(plan.minimumShards)} (sharded-stream scale, then pulumi refresh); where it is not made yet, set shardCount to that. The plan recommends ${formatNumber(plan.recommendedShards)}.`;
    const says = `ignoreChanges keeps shardCount at ${formatNumber(shards ?? 0)}`;
    return judgeShards(shards, plan, says, withinOneStream(plan, fix));
}

/** A fix that scales the stream, where AWS scales one so far. */
function withinOneStream({ minimumShards }: CapacityPlan, fix: string): string {
    const most = limits.updateShardCountTargetMax;
    if (minimumShards <= most) return fix;
    return `AWS scales a stream to ${formatNumber(most)} shards at most: spread the load over several streams.`;
}

/** Shards that are left out are no count of 0: the provider or AWS then chooses one. */
function judgeShards(shards: number | undefined, plan: CapacityPlan, says: string, fix: string): Verdict {
    const isEnough = shards === undefined || shards >= plan.minimumShards;
    return isEnough ? compliant : violation(`${need(plan, [])}; ${says}.`, fix);
}

/** The plan for the requirements that a configuration declares for the stream; undefined where it declares none. */
export function rawPlan(stream: ResourceView, config: RawStreamConfig): CapacityPlan | InvalidInputError | undefined {
    const requirements = configuredRequirements(stream, config);
    return requirements && attemptPlan(requirements, []);
}

function configuredRequirements(stream: ResourceView, config: RawStreamConfig): Requirements | undefined {
    const byName = entryOf(config.requirements, stream.name);
    if (byName !== undefined || Object.keys(config.requirements).length === 0) return byName;
    const name = valueAt(stream, "name");
    return typeof name === "string" ? entryOf(config.requirements, name) : undefined;
}
