/**
 * What the scaler decided, read from its log group as an operator would.
 */
import { type LogsService } from "../sandbox/logs/index";

/** A step of a run that acts on the stream, or would. */
export interface ScalerDecision {
    readonly timeMs: number;
    readonly reason: string;
    readonly message: string;
    /** What became of it: called, refused, dry run, ... */
    readonly outcome: string;
}

interface LogLine {
    readonly steps?: readonly {
        readonly outcome: string;
        readonly reason: string;
        readonly message: string;
        readonly action?: object;
    }[];
}

export class ScalerLog {
    readonly #group: string;
    #read = 0;

    /** @param functionName the output `scalerFunctionName`; undefined where no scaler is attached */
    constructor(
        readonly logs: LogsService,
        readonly functionName: string | undefined,
    ) {
        this.#group = `/aws/lambda/${functionName}`;
    }

    /** The decisions since the last call that act on the stream; "nothing to do" is left out. */
    fresh(): ScalerDecision[] {
        if (this.functionName === undefined) return [];
        const events = this.logs.eventsOf(this.#group);
        const unread = events.slice(this.#read);
        this.#read = events.length;
        return unread.flatMap(({ timeMs, message }) =>
            (lineOf(message).steps ?? [])
                .filter((step) => step.action !== undefined)
                .map((step) => ({ timeMs, reason: step.reason, message: step.message, outcome: step.outcome })),
        );
    }
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
