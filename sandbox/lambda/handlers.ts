/**
 * Functions that run in the sandbox's own process: what a test gives in place of the deployed code, where a process for each would cost it
 * minutes. Roles, concurrency, timeout, logs and metrics are those of any other function.
 */
import { type Clock } from "../clock";
import { type Environment, type Outcome } from "./environment";

/** What it returns or resolves to is the function's answer, what it throws the function's error. */
export type Handler = (event: unknown, context: HandlerContext) => unknown;

export interface HandlerContext {
    readonly awsRequestId: string;
    /** The sandbox's: what sleeps on it takes the sandbox's time. */
    readonly clock: Clock;
}

export class HandlerEnvironment implements Environment {
    busy = false;
    broken = false;
    #abandon: (reason: Error) => void = () => undefined;

    constructor(
        private readonly handlerNow: () => Handler,
        private readonly clock: Clock,
        private readonly timeoutSeconds: number,
    ) {}

    async invoke(requestId: string, event: string): Promise<Outcome> {
        const startMs = this.clock.nowMs();
        this.busy = true;
        try {
            const answer = await this.#withinTimeout(requestId, event);
            return { payload: JSON.stringify(answer) ?? "null", durationMs: this.clock.nowMs() - startMs };
        } catch (error) {
            const { name, message } = error instanceof Error ? error : { name: typeof error, message: String(error) };
            const failure = { errorType: name, errorMessage: message, trace: [] };
            return { failure, durationMs: this.clock.nowMs() - startMs };
        } finally {
            this.busy = false;
        }
    }

    /** Nobody waits any longer for what still runs. */
    async stop(): Promise<void> {
        this.broken = true;
        this.#abandon(named("Runtime.ExitError", "Runtime exited without providing a reason"));
    }

    #withinTimeout(requestId: string, event: string): Promise<unknown> {
        const { clock, timeoutSeconds } = this;
        return new Promise((resolve, reject) => {
            this.#abandon = reject;
            const timer = clock.at(clock.nowMs() + timeoutSeconds * 1_000, () => {
                const text = `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
                reject(named("Sandbox.Timedout", text));
            });
            const run = async (): Promise<unknown> =>
                this.handlerNow()(JSON.parse(event), { awsRequestId: requestId, clock });
            run()
                .then(resolve, reject)
                .finally(() => timer.cancel());
        });
    }
}

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });
