/**
 * Judges of Kinesis streams, those inside a ShardedStream and those beside it, of either provider.
 */
import { awsManagedKinesisKey, isAwsManagedKey } from "../capacity/identifiers";
import { limits } from "../capacity/limits";
import { InvalidInputError } from "../capacity/problems";
import { type CompleteRequirements, type Requirements } from "../capacity/requirements";
import { type CapacityPlan } from "../capacity/sizing/plan";
import { sizeOf } from "../capacity/sizing/size";
import { formatNumber } from "../capacity/text";
import { attemptPlan, isOnDemand, malformed, need } from "./declared";
import { judgeShown } from "./hidden";
import { type Judgement, scalerOf, streamsOf } from "./matches";
import {
    entryOf,
    ignores,
    isAwsNative,
    isOwnStream,
    isRecord,
    numberAt,
    propertyOf,
    type ResourceView,
    Unknown,
    valueAt,
} from "./resources";
import { judgeAccepted, judgeRecovery, lanesOnDemand } from "./streams";
import { cannotTell, compliant, tell, together, type Verdict, violation } from "./verdict";

export interface EncryptionConfig {
    readonly customerManagedKey: boolean;
}

/** How a stream of either provider is encrypted, and where it says so. */
export interface Encryption {
    readonly type: unknown;
    readonly key: "none" | "aws" | "own";
    readonly typePath: readonly string[];
    readonly keyPath: readonly string[];
}

export function encryptionOf(stream: ResourceView): Encryption {
    const native = isAwsNative(stream);
    const typePath = native ? ["streamEncryption", "encryptionType"] : ["encryptionType"];
    const keyPath = native ? ["streamEncryption", "keyId"] : ["kmsKeyId"];
    const type = valueAt(stream, ...typePath);
    const holder = native ? stream.props.streamEncryption : stream.props;
    const key = isRecord(holder) ? holder[keyPath[keyPath.length - 1]!] : undefined;
    return { type, key: keyKind(key), typePath, keyPath };
}

function keyKind(key: unknown): Encryption["key"] {
    // A key that is not known yet is one that the program makes: the alias is a constant.
    if (key instanceof Unknown) return "own";
    if (typeof key !== "string" || key === "") return "none";
    return isAwsManagedKey(key) ? "aws" : "own";
}

export function judgeEncryption(stream: ResourceView, { customerManagedKey }: EncryptionConfig): Verdict {
    const { type, key, typePath, keyPath } = encryptionOf(stream);
    const [typeProperty, keyProperty] = [typePath, keyPath].map((path) => path[path.length - 1]!);
    const id = customerManagedKey ? "<the ARN of a KMS key of your own>" : awsManagedKinesisKey;
    const orOwn = customerManagedKey ? "" : ", or a key of your own";
    if (type !== "KMS") {
        const settings = isAwsNative(stream)
            ? `streamEncryption: { encryptionType: "KMS", keyId: "${id}" }`
            : `encryptionType: "KMS" and kmsKeyId: "${id}"`;
        return violation(
            `Records are stored unencrypted: ${type === undefined ? "no encryption type is set" : `the encryption type is ${JSON.stringify(type)}`}.`,
            `Set ${settings}${orOwn}.`,
        );
    }
    if (key === "none") {
        return violation(
            `${typeProperty} is KMS, and ${keyProperty} names no key, so the deployment fails.`,
            `Set ${keyProperty} to "${id}"${orOwn}.`,
        );
    }
    if (!customerManagedKey || key === "own") return compliant;
    return violation(
        `Records are encrypted with the key that AWS manages (${awsManagedKinesisKey}); a customer-managed key is required here.`,
        `Set ${isOwnStream(stream) ? "kmsKeyId of the ShardedStream" : keyProperty} to a KMS key of your own.`,
    );
}

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
    const verdicts = [acceptedKiB, keptHours, ...(isItsOwn ? [shardsOf] : [])].map((read) =>
        tell(() => (read(stream), compliant)),
    );
    const unknown = verdicts.flatMap((verdict) => (verdict.verdict === "cannot-tell" ? verdict.unknown : []));
    return unknown.filter((path) => !stream.secrets?.includes(path));
}

function shardsOf(stream: ResourceView): number | undefined {
    return numberAt(stream, "shardCount");
}

function undeclared({ name }: ResourceView): Verdict {
    return violation(
        "The stream's requirements are undeclared, so nobody can tell whether its shards are enough.",
        `Use a ShardedStream, or declare them in the policy's configuration: { "raw-stream-is-sized": { "requirements": { ${JSON.stringify(name)}: { "writeMiBPerSecond": ..., "recordsPerSecond": ... } } } }.`,
    );
}

function judgeItsShards(stream: ResourceView, plan: CapacityPlan): Verdict {
    const shards = numberAt(stream, "shardCount");
    const says = shards === undefined ? "shardCount is not set" : `shardCount deploys ${formatNumber(shards)}`;
    const fix = `Set shardCount to ${formatNumber(plan.minimumShards)} or more; the plan recommends ${formatNumber(plan.recommendedShards)}.`;
    return judgeShards(shards ?? 0, plan, says, fix);
}

/** The largest record that it accepts. */
function acceptedKiB(stream: ResourceView): number {
    return numberAt(stream, propertyOf(stream, "maxRecordKiB")) || limits.recordKiBDefaultMax;
}

function judgeLargest(stream: ResourceView, { requirements: { maxRecordKiB } }: CapacityPlan): Verdict {
    const fix = `Set ${propertyOf(stream, "maxRecordKiB")} to ${formatNumber(maxRecordKiB)} or more.`;
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
    const shards = isItsOwn ? numberAt(stream, "shardCount") : undefined;
    // Faster reading takes more shards, which here the program sets; no other change of the requirements opens any.
    const shardsOf = (set: number) => (changed: CompleteRequirements) =>
        changed.catchUpFactor === requirements.catchUpFactor ? set : Math.max(set, sizeOf(changed).minimumShards);
    return judgeRecovery({
        requirements,
        outage: { outageHours, retentionHours: keptHours(stream) },
        property: propertyOf(stream, "retentionHours"),
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
            return scaler ? judgeMaxShards(scaler, plan) : judgeKeptShards(stream, plan);
        }),
    }));
}

function judgeMaxShards(scaler: ResourceView, plan: CapacityPlan): Verdict {
    const shown = judgeShown(scaler);
    if (shown.verdict === "violation") return shown;
    const maxShards = numberAt(scaler, "maxShards");
    const recommended = Math.min(plan.recommendedShards, limits.updateShardCountTargetMax);
    const fix = `Set maxShards to ${formatNumber(plan.minimumShards)} or more; the plan recommends ${formatNumber(recommended)}.`;
    const says = `the scaler ${scaler.name} stops at maxShards ${formatNumber(maxShards ?? 0)}`;
    return judgeShards(maxShards, plan, says, withinOneStream(plan, fix));
}

/** What ignoreChanges keeps, a changed program does not change. */
function judgeKeptShards(stream: ResourceView, plan: CapacityPlan): Verdict {
    const shards = numberAt(stream, "shardCount");
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
