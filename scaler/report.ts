/**
 * What a run of the scaler came to, and the one line of the log that says so.
 */
import { scalerMetrics, scalerNamespace } from "../capacity/metrics";
import { type Decision, type ScalingAction } from "../capacity/scaling/observation";
import { type ReasonCode } from "../capacity/scaling/reasons";
import { type ToldMessage } from "./notify";

/** What a run came to. The codes of decisions are in capacity/scaling/reasons.ts; these are about the run itself. */
export const runOutcomes = {
    acted: "The call was made.",
    nothing: "There was nothing to do, or nothing that is allowed.",
    "dry-run": "The call would have been made.",
    paused: "The call would have been made, but the scaler is paused.",
    "another-run": "Another run holds the lease, or reserved its call first.",
    "stream-gone": "The stream does not exist.",
    "stream-busy": "Somebody else reshards the stream.",
    "call-refused": "AWS refused the call; the reservation is struck out and the call will be tried again later.",
    failed: "Something that should work did not; a step before it tells of a call that AWS took all the same.",
} as const;

export type RunOutcome = keyof typeof runOutcomes;

/** One step of a run, as the log tells it. */
export interface RunStep {
    readonly outcome: RunOutcome;
    readonly reason?: ReasonCode;
    readonly message: string;
    readonly action?: ScalingAction;
    readonly numbers?: Decision["numbers"];
    /** Reshards of somebody else that this step noticed. */
    readonly foreignReshards?: number;
}

export interface RunReport {
    readonly steps: readonly RunStep[];
    readonly openShards?: number;
    readonly targetShards?: number;
    readonly updateCallsLeft?: number;
    /** What the topic was told, and what it could not be told. */
    readonly messages?: readonly ToldMessage[];
}

/** The run in one line: what happened and why, and its metrics in CloudWatch's embedded metric format, which costs no call. */
export function logLine(streamName: string, report: RunReport, nowMs: number): string {
    const values = {
        OpenShards: report.openShards,
        TargetShards: report.targetShards,
        UpdateCallsLeft: report.updateCallsLeft,
    } satisfies Record<keyof typeof scalerMetrics, number | undefined>;
    const known = Object.entries(values).filter(([, value]) => value !== undefined);
    const metrics = known.map(([name]) => ({
        Name: name,
        Unit: scalerMetrics[name as keyof typeof scalerMetrics].unit,
    }));
    const last = report.steps.at(-1);
    return JSON.stringify({
        ...(metrics.length === 0
            ? {}
            : {
                  _aws: {
                      Timestamp: nowMs,
                      CloudWatchMetrics: [
                          { Namespace: scalerNamespace, Dimensions: [["StreamName"]], Metrics: metrics },
                      ],
                  },
              }),
        StreamName: streamName,
        ...Object.fromEntries(known),
        outcome: last?.outcome,
        reason: last?.reason,
        message: last?.message,
        steps: report.steps,
        messages: report.messages,
    });
}
