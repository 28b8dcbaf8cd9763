/**
 * What the scalers decided, read from their log groups as an operator would.
 */
import { type Aws, orGone } from "../engine/providers/aws";
import { type Scaler } from "./streams";

/** A step of a run that acts on a stream, or would. */
export interface ScalerDecision {
    readonly timeMs: number;
    readonly streamName: string;
    readonly reason: string;
    readonly message: string;
    /** What became of it: called, refused, dry run, ... */
    readonly outcome: string;
}

interface LogLine {
    readonly StreamName?: string;
    readonly steps?: readonly {
        readonly outcome: string;
        readonly reason: string;
        readonly message: string;
        readonly action?: object;
    }[];
}

interface FilteredEvents {
    readonly events: readonly { readonly timestamp: number; readonly message: string }[];
    readonly nextToken?: string;
}

export class ScalerLogs {
    #readMs = 0;

    constructor(
        readonly aws: Aws,
        readonly scalers: readonly Scaler[],
    ) {}

    /** The decisions from the last call until now that act on a stream; "nothing to do" is left out. */
    async until(nowMs: number): Promise<ScalerDecision[]> {
        const range = { startTime: this.#readMs, endTime: nowMs };
        this.#readMs = nowMs;
        const found = await Promise.all(this.scalers.map((scaler) => this.#read(scaler, range)));
        return found.flat().sort((left, right) => left.timeMs - right.timeMs);
    }

    async #read({ functionName, region }: Scaler, range: object): Promise<ScalerDecision[]> {
        const decisions: ScalerDecision[] = [];
        let nextToken: string | undefined;
        do {
            const input = {
                logGroupName: `/aws/lambda/${functionName}`,
                filterPattern: '"steps"',
                nextToken,
                ...range,
            };
            const page = (await orGone(() =>
                this.aws.inRegion(region).json("logs", "Logs_20140328.FilterLogEvents", input),
            )) as FilteredEvents | undefined;
            decisions.push(...(page?.events ?? []).flatMap(decisionsOf));
            nextToken = page?.nextToken;
        } while (nextToken !== undefined);
        return decisions;
    }
}

function decisionsOf({ timestamp, message }: FilteredEvents["events"][number]): ScalerDecision[] {
    const { StreamName: streamName = "", steps = [] } = lineOf(message);
    return steps
        .filter((step) => step.action !== undefined)
        .map((step) => ({
            timeMs: timestamp,
            streamName,
            reason: step.reason,
            message: step.message,
            outcome: step.outcome,
        }));
}

/** The function's own lines are JSON; those of the Lambda runtime (START, REPORT) are not. */
function lineOf(message: string): LogLine {
    if (!message.startsWith("{")) return {};
    try {
        return JSON.parse(message) as LogLine;
    } catch {
        return {};
    }
}
