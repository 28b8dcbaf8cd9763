/**
 * How long consumers that were down need until they have caught up with what was written meanwhile, and whether records are kept for so long.
 *
 * The one room for this rule: the plan and the policies ask it. All consumers were down, the load is spread evenly over the shards, and the
 * declared peak goes on being written while they catch up: the most that it can take.
 */
import { limits } from "../limits";
import { type CompleteRequirements, requirementRows } from "../requirements";
import { count, formatNumber, formatRateThat } from "../text";

/** How consumers read: with GetRecords, from a throughput that they share, or with enhanced fan-out, each from one of its own. */
export type ConsumerKind = "shared" | "fanOut";

/** What consumers of one kind need on so many shards. */
export interface CatchUp {
    /** How they read. */
    readonly consumers: ConsumerKind;
    /** The open shards. */
    readonly shards: number;
    /** How many times the declared peak each of them can read. */
    readonly readOverWrite: number;
    /** Hours from the end of the outage until they have caught up; null: they never do. */
    readonly hours: number | null;
    /** Whether the first record that they missed is still kept when they have caught up, so that a recovery that fails can begin again. */
    readonly insideRetention: boolean;
}

/** How long consumers are down, and how long records are kept. */
export interface Outage {
    /** Hours that they are down. */
    readonly outageHours: number;
    /** Hours that records are kept. */
    readonly retentionHours: number;
}

/** `never`: they read no faster than is written. `lost`: the oldest records are gone before anybody reads. `late`: see `insideRetention`. */
export type Recovery = "never" | "lost" | "late" | "inside";

/** What the declared consumers need on so many shards, each kind that there is. */
export function catchUpsAt(requirements: CompleteRequirements, shards: number, outage: Outage): CatchUp[] {
    const { outageHours, retentionHours } = outage;
    return (["shared", "fanOut"] as const).flatMap((consumers) => {
        const readOverWrite = readFactor[consumers](requirements, shards);
        if (readOverWrite === undefined) return [];
        const hours = hoursToCatchUp(outageHours, readOverWrite);
        const insideRetention = neededHours(outageHours, hours) <= retentionHours;
        return [{ consumers, shards, readOverWrite, hours: Number.isFinite(hours) ? hours : null, insideRetention }];
    });
}

/** The slowest of the declared consumers; undefined where none are declared. */
export function slowestAt(requirements: CompleteRequirements, shards: number, outage: Outage): CatchUp | undefined {
    const [first, second] = catchUpsAt(requirements, shards, outage);
    return second !== undefined && second.readOverWrite < first!.readOverWrite ? second : first;
}

export function recoveryOf({ hours, insideRetention }: CatchUp, { outageHours, retentionHours }: Outage): Recovery {
    if (outageHours > retentionHours) return "lost";
    if (hours === null) return "never";
    return insideRetention ? "inside" : "late";
}

/** How many times the declared peak each consumer of a kind can read; undefined where there is none. */
const readFactor: Readonly<
    Record<ConsumerKind, (requirements: CompleteRequirements, shards: number) => number | undefined>
> = {
    shared: ({ sharedConsumers, pollsPerSecondPerConsumer, writeMiBPerSecond, recordsPerSecond }, shards) => {
        if (sharedConsumers === 0) return undefined;
        // Each poll brings so much at most; those beyond the five calls a second of a shard are refused.
        const polls = Math.min(pollsPerSecondPerConsumer, limits.shardGetRecordsCallsPerSecond / sharedConsumers);
        const polledMiB = (polls * limits.getRecordsBytesMax) / limits.bytesPerMiB;
        const shardMiB = Math.min(limits.shardReadMiBPerSecond / sharedConsumers, polledMiB);
        const shardRecords = polls * limits.getRecordsRecordsMax;
        return shards * Math.min(shardMiB / writeMiBPerSecond, shardRecords / recordsPerSecond);
    },
    fanOut: ({ fanOutConsumers, writeMiBPerSecond }, shards) =>
        fanOutConsumers === 0 ? undefined : (shards * limits.fanOutReadMiBPerSecond) / writeMiBPerSecond,
};

/** What a quotient of floating-point numbers may be above the exact one. */
const roundedOff = 1e-9;

/** The backlog shrinks by what consumers read beyond what goes on being written. */
function hoursToCatchUp(outageHours: number, readOverWrite: number): number {
    return readOverWrite > 1 + roundedOff ? outageHours / (readOverWrite - 1) : Infinity;
}

/** The whole hours of retention that cover the outage and the time to catch up after it. */
function neededHours(outageHours: number, hours: number): number {
    return Math.ceil(outageHours + hours - roundedOff);
}

/** A change that brings the recovery inside the retention. Each was tried before it is here. */
export type RecoveryFix = { readonly retentionHours: number } | FasterReading | { readonly movedConsumers: number };

/** The catch-up factor to declare, and the shards that a declaration with it gets. */
export interface FasterReading {
    readonly catchUpFactor: number;
    readonly shards: number;
}

/**
 * The smallest changes, one of a kind, with which consumers have caught up within the retention.
 *
 * @param shardsOf the shards that a changed declaration gets
 */
export function recoveryFixes(
    requirements: CompleteRequirements,
    outage: Outage,
    shardsOf: (changed: CompleteRequirements) => number,
): RecoveryFix[] {
    const isInside = (changed: CompleteRequirements) =>
        catchUpsAt(changed, shardsOf(changed), outage).every(({ insideRetention }) => insideRetention);
    return [
        ...longerRetention(requirements, outage, shardsOf(requirements)),
        ...fasterReading(requirements, outage).flatMap((catchUpFactor) => {
            const changed = { ...requirements, catchUpFactor };
            return isInside(changed) ? [{ catchUpFactor, shards: shardsOf(changed) }] : [];
        }),
        ...fewestMoved(requirements, isInside).map((movedConsumers) => ({ movedConsumers })),
    ];
}

function longerRetention(requirements: CompleteRequirements, outage: Outage, shards: number): RecoveryFix[] {
    const slowest = slowestAt(requirements, shards, outage);
    const retentionHours = neededHours(outage.outageHours, slowest?.hours ?? Infinity);
    return retentionHours <= limits.retentionHoursMax ? [{ retentionHours }] : [];
}

/** From outage + outage / (factor - 1) <= retention: the smallest factor that promises it whatever shard counts are rounded up to. */
function fasterReading({ catchUpFactor }: CompleteRequirements, { outageHours, retentionHours }: Outage): number[] {
    if (retentionHours <= outageHours) return [];
    const factor = Math.ceil((retentionHours / (retentionHours - outageHours)) * 100 - roundedOff) / 100;
    return factor > catchUpFactor && factor <= requirementRows.catchUpFactor.maximum ? [factor] : [];
}

/** The fewest shared consumers that leave the others room when they read with enhanced fan-out instead. */
function fewestMoved(
    requirements: CompleteRequirements,
    isInside: (changed: CompleteRequirements) => boolean,
): number[] {
    const { sharedConsumers, fanOutConsumers } = requirements;
    const most = Math.min(sharedConsumers, limits.fanOutConsumersMax - fanOutConsumers);
    for (let moved = 1; moved <= most; moved++) if (isInside(withMoved(requirements, moved))) return [moved];
    return [];
}

/** So many of the shared consumers with enhanced fan-out instead. */
export function withMoved<T extends Pick<CompleteRequirements, "sharedConsumers" | "fanOutConsumers">>(
    requirements: T,
    moved: number,
): T {
    const { sharedConsumers, fanOutConsumers } = requirements;
    return { ...requirements, sharedConsumers: sharedConsumers - moved, fanOutConsumers: fanOutConsumers + moved };
}

/** The clause that says it of so many consumers. */
export function movedText(consumers: number): string {
    return `move ${count(consumers, "consumer")} to enhanced fan-out`;
}

/**
 * The clause that says a fix.
 *
 * @param faster says it of a faster reading: who asks knows where its shards come from
 */
export function recoveryFixText(fix: RecoveryFix, faster: (fix: FasterReading) => string): string {
    if ("retentionHours" in fix) return `set retentionHours to ${formatNumber(fix.retentionHours)} or more`;
    if ("movedConsumers" in fix) return movedText(fix.movedConsumers);
    return faster(fix);
}

/** What is said where none of them works. */
export const withoutRecoveryFix =
    "Let fewer consumers share the stream's reads, or declare a shorter consumerOutageHours.";

/** What an outage means for the slowest consumers, in one sentence with its numbers. */
export function recoveryText({ consumers, shards, readOverWrite, hours }: CatchUp, outage: Outage): string {
    if (outage.outageHours > outage.retentionHours) return oldestGoneText(outage);
    const reads = `the ${shards === 1 ? "shard lets" : `${formatNumber(shards)} shards let`} ${kindNames[consumers]} consumers read ${readOverWriteText({ readOverWrite, hours })} times the declared load each`;
    const caughtUp =
        hours === null ? "never catch up" : `need ${formatNumber(Math.ceil(hours - roundedOff))} more to catch up`;
    return `${afterOutage(outage)} ${reads}, so they ${caughtUp}.`;
}

/** How many times the declared peak they read, in so many digits that it is more than once where they catch up. */
export function readOverWriteText({ readOverWrite, hours }: Pick<CatchUp, "readOverWrite" | "hours">): string {
    return formatRateThat(readOverWrite, (shown) => shown > 1 === (hours !== null));
}

export function oldestGoneText(outage: Outage): string {
    return `${afterOutage(outage)} the oldest records are gone.`;
}

function afterOutage({ outageHours, retentionHours }: Outage): string {
    return `Retention is ${count(retentionHours, "hour")}; after an outage of ${count(outageHours, "hour")}`;
}

export const kindNames: Readonly<Record<ConsumerKind, string>> = { shared: "shared", fanOut: "fan-out" };
