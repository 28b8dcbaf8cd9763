/**
 * How long the stand-in providers are patient, with what is not there yet and with calls that AWS does not take at once.
 */
const firstPauseMs = 10;
const pauseMsMax = 250;
export const waitMsMax = 120_000;

/** Waits between tries, each twice as long as the one before. */
export function pauses(): () => Promise<void> {
    let pauseMs = firstPauseMs;
    return async () => {
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
        pauseMs = Math.min(pauseMsMax, pauseMs * 2);
    };
}

/** What AWS refuses now and takes in a moment: calls that come too often, and streams that wait for others to be made. */
const momentary = /^(Rate exceeded|Only \d+ streams can simultaneously be in CREATING)/;

/** Calls until AWS takes the call: a program of fifty streams asks more often than it may, and the real providers wait too. */
export async function untilTaken<T>(call: () => Promise<T>): Promise<T> {
    const giveUpAt = Date.now() + waitMsMax;
    for (const pause = pauses(); ; await pause()) {
        try {
            return await call();
        } catch (error) {
            if (!momentary.test((error as Error).message) || Date.now() > giveUpAt) throw error;
        }
    }
}
