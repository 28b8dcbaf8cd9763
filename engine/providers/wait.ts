/**
 * AWS changes take time: a provider polls until the resource is as it should be, as the real ones do.
 */
import { orGone } from "./aws";
import { pauses, waitMsMax } from "./patience";

/** Polls until `probe` returns something; `subject` names what is waited for when it never does. */
export async function waitUntil<T>(subject: string, probe: () => Promise<T | undefined>): Promise<T> {
    const giveUpAt = Date.now() + waitMsMax;
    for (const pause = pauses(); ; await pause()) {
        const found = await probe().catch(throttled);
        if (found !== undefined) return found;
        if (Date.now() > giveUpAt) throw new Error(`${subject} did not happen within ${waitMsMax / 1000} s.`);
    }
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
