/**
 * AWS changes take time: a provider polls until the resource is as it should be, as the real ones do.
 */
import { orGone } from "./aws";

const firstPauseMs = 10;
const pauseMsMax = 250;
const waitMsMax = 120_000;

/** What AWS refuses now and takes in a moment: calls that come too often, and streams that wait for others to be made. */
const momentary = /^(Rate exceeded|Only \d+ streams can simultaneously be in CREATING)/;

/** Polls until `probe` returns something; `subject` names what is waited for when it never does. */
export async function waitUntil<T>(subject: string, probe: () => Promise<T | undefined>): Promise<T> {
    const giveUpAt = Date.now() + waitMsMax;
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMsMax, pauseMs * 2)) {
        const found = await probe().catch(throttled);
        if (found !== undefined) return found;
        if (Date.now() > giveUpAt) throw new Error(`${subject} did not happen within ${waitMsMax / 1000} s.`);
        await pause(pauseMs);
    }
}

/** Calls until AWS takes the call: a program of fifty streams asks more often than it may, and the real providers wait too. */
export function untilTaken<T>(call: () => Promise<T>): Promise<T> {
    const giveUpAt = Date.now() + waitMsMax;
    const attempt = async (pauseMs: number): Promise<T> => {
        try {
            return await call();
        } catch (error) {
            if (!momentary.test((error as Error).message) || Date.now() > giveUpAt) throw error;
        }
        await pause(pauseMs * (0.5 + Math.random() / 2));
        return attempt(Math.min(pauseMsMax, pauseMs * 2));
    };
    return attempt(firstPauseMs);
}

/** Polls until AWS no longer knows it. */
export async function waitUntilGone(subject: string, ask: () => Promise<unknown>): Promise<void> {
    await waitUntil(subject, async () => ((await orGone(ask)) === undefined ? true : undefined));
}

/** Asking too often is no failure of what is waited for. */
function throttled(error: Error): undefined {
    if (!/^(LimitExceeded|Throttl|TooManyRequests|RequestLimitExceeded)/.test(error.name)) throw error;
    return undefined;
}

function pause(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
}
