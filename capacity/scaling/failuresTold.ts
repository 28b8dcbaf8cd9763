/**
 * The failures that the topic was told of lately: of one that lasts one message an hour is enough, whatever counts it names and whatever
 * else fails beside it.
 */
import { hourMs } from "../calendar";
import { type FailureTold, type LedgerState, written } from "./ledger";

/** So long the same failure is not told again: a run fails every minute until somebody has mended it. */
export const failureToldAgainAfterMs = hourMs;

/** So many are remembered: the ledger is one small item. */
export const failuresToldMax = 20;

export function wasToldLately({ failuresTold = [] }: LedgerState, failure: string, nowMs: number): boolean {
    return failuresTold.some((told) => told.failure === failure && isRecent(told, nowMs));
}

/** The state in which a run tells of a failure. */
export function withTold(state: LedgerState, told: FailureTold): LedgerState {
    const others = (state.failuresTold ?? []).filter(
        (other) => other.failure !== told.failure && isRecent(other, told.atMs),
    );
    return written({ ...state, failuresTold: [...others, told].slice(-failuresToldMax) }, told.atMs);
}

/** The state in which it did not come to that. */
export function withoutTold(state: LedgerState, { failure, by }: FailureTold, nowMs: number): LedgerState {
    const others = (state.failuresTold ?? []).filter((other) => other.failure !== failure || other.by !== by);
    return written({ ...state, failuresTold: others.length === 0 ? undefined : others }, nowMs);
}

function isRecent({ atMs }: FailureTold, nowMs: number): boolean {
    return nowMs < atMs + failureToldAgainAfterMs;
}
