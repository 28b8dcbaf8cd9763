/**
 * Calls that got no answer: until when they may still be made, when the stream disproves them, and how long the next one waits.
 *
 * An unanswered call is a reservation in the ledger that nobody confirmed or struck out: AWS was silent, or the run died. All that is said
 * here follows from these reservations, so a run that was killed is remembered like one that could still write.
 */
import { minuteMs } from "../calendar";
import { type ReshardEvent } from "./observation";

/** An actor makes its call within so long after its reservation, and nobody else acts meanwhile. */
export const leaseMs = 2 * minuteMs;

/** AWS denies a request that reaches it later than so after its signature, whatever network held it up. */
const signatureValidMs = 5 * minuteMs;

/** A reservation is a call by then, or never. */
export const callMadeWithinMs = leaseMs + signatureValidMs;

/** AWS's answers may be so old: an ACTIVE stream with its old shards says nothing about a call of the last minute. */
export const answersLagMs = minuteMs;

/**
 * From so long after a reservation on, a stream that is ACTIVE and shows the same shards disproves the call: UpdateShardCount, SplitShard and
 * MergeShards turn a stream UPDATING within seconds and leave newer shard numbers behind. The last request that AWS could take is seven
 * minutes old by then and its effect in every answer for one; two minutes are spare, for a machine whose clock signs ahead.
 */
export const disprovedAfterMs = callMadeWithinMs + answersLagMs + 2 * minuteMs;

/** What follows for a refused call of which the ledger does not know that it was refused: so long as `disprovedAfterMs`. */
export const mayStayCounted = "so the call may stay counted for ten minutes";

/** After one unanswered call the next waits for two minutes, then for four, then for eight. */
const firstWaitMs = 2 * minuteMs;
/** Shorter than `disprovedAfterMs`: each call finds the one before it in the ledger, and counts on from it. */
const longestWaitMs = 8 * minuteMs;

/** The how manieth call in a row the next one is. */
export function nextAttempt(reshards: readonly ReshardEvent[]): number {
    return 1 + Math.max(0, ...reshards.filter(isUnanswered).map(({ attempt = 1 }) => attempt));
}

export interface UnansweredWait {
    /** The last call without an answer. */
    readonly atMs: number;
    readonly untilMs: number;
}

/**
 * How long the calls without an answer keep the next one back; undefined if they do not.
 *
 * @param spare UpdateShardCount calls that are left beside those that unanswered ones may not take
 */
export function waitAfterUnanswered(
    reshards: readonly ReshardEvent[],
    nowMs: number,
    spare: number,
): UnansweredWait | undefined {
    const unanswered = reshards.filter(isUnanswered);
    if (unanswered.length === 0) return undefined;
    const atMs = Math.max(...unanswered.map((event) => event.atMs));
    const backOffUntilMs = atMs + Math.min(longestWaitMs, firstWaitMs * 2 ** (nextAttempt(unanswered) - 2));
    const updates = unanswered.filter((event) => event.kind === "update").map((event) => event.atMs);
    const disprovedMs = updates.length > 0 && spare <= 0 ? Math.min(...updates) + disprovedAfterMs : 0;
    const untilMs = Math.max(backOffUntilMs, disprovedMs);
    return untilMs > nowMs ? { atMs, untilMs } : undefined;
}

function isUnanswered({ status }: ReshardEvent): boolean {
    return status === "reserved";
}
