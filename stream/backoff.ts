/**
 * Calls that AWS refuses for a moment are made again after a random wait: many scalers start in the same second.
 */
import { type Pace } from "./ports";
import { type CallKind, mayRepeat } from "./refusals";

/** So often a call is made at most. The waits between take six seconds at most, all together. */
export const attemptsMax = 6;
const firstWaitMs = 200;
const longestWaitMs = 5_000;

/** Full jitter: each wait is a random part of an exponentially growing one. */
export async function withBackoff<Result>(
    pace: Pick<Pace, "random" | "sleep">,
    kind: CallKind,
    call: () => Promise<Result>,
): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
        try {
            return await call();
        } catch (error) {
            if (attempt === attemptsMax || !mayRepeat(error, kind)) throw error;
            try {
                await pace.sleep(pace.random() * Math.min(longestWaitMs, firstWaitMs * 2 ** (attempt - 1)));
            } catch {
                // Interrupted: what AWS said last is what happened.
                throw error;
            }
        }
    }
}

const kinds: Readonly<Record<string, CallKind>> = {
    updateShardCount: "update",
    splitShard: "split",
    mergeShards: "merge",
};

/** The same port with each of its calls made with back-off. */
export function patient<Port extends object>(port: Port, pace: Pick<Pace, "random" | "sleep">): Port {
    const calls = Object.entries(port as Record<string, (...args: unknown[]) => Promise<unknown>>).map(
        ([name, call]) => [
            name,
            (...args: unknown[]) => withBackoff(pace, kinds[name] ?? "read", () => call.apply(port, args)),
        ],
    );
    return Object.fromEntries(calls) as Port;
}
