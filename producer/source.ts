/**
 * Reads a source for a producer, one value at a time, no faster than there is room.
 */
import { Interruption } from "../stream/interruption";

/** Where the values go. */
interface Taker<T> {
    /** Returns what to wait for where there is no room. */
    take(value: T): Promise<void> | undefined;
    /** What the source gives when no more is taken. */
    handBack(value: T): void;
}

/** @param ending aborted when no more is taken: then the source is told to return, and one that makes us wait is not waited for */
export async function readSource<T>(
    source: Iterable<T> | AsyncIterable<T>,
    ending: AbortSignal,
    { take, handBack }: Taker<T>,
): Promise<void> {
    const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
    const interruption = new Interruption(ending);
    try {
        while (!ending.aborted) {
            const next = iterator.next();
            const result = next instanceof Promise ? await interruption.wait(next) : next;
            if (result === undefined) {
                void handBackLate(next as Promise<IteratorResult<T>>, handBack);
                break;
            }
            if ((result as IteratorResult<T>).done === true) return;
            const { value } = result as IteratorYieldResult<T>;
            const room = ending.aborted ? handBack(value) : take(value);
            if (room !== undefined) await room;
        }
    } finally {
        interruption.end();
    }
    void iterator.return?.();
}

/** What the source had been asked for already. */
async function handBackLate<T>(next: Promise<IteratorResult<T>>, handBack: (value: T) => void): Promise<void> {
    const late = await next.catch(() => undefined);
    if (late !== undefined && late.done !== true) handBack(late.value);
}
