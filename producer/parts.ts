/**
 * What the parts of a producer share: the record under way, and what each of them works with.
 */
import { formatNumber } from "../capacity/text";
import { type BookedRecord, type Books } from "./books";
import { type Alarm, type ProducerClock } from "./clock";
import { type Delivery, type Tell, type UndeliveredError } from "./events";
import { type Lane } from "./lane";
import { type Lanes } from "./lanes";
import { type NumericOption, type ProducerOptions } from "./options";
import { type PreparedRecord } from "./records";
import { type Transport } from "./transport";

export interface Parts<T> {
    readonly options: ProducerOptions<T>;
    readonly numbers: Readonly<Record<NumericOption, number>>;
    readonly clock: ProducerClock;
    readonly random: () => number;
    readonly transport: Transport;
    readonly books: Books<T>;
    readonly lanes: Lanes<Pending<T>>;
    readonly alarm: Alarm;
    readonly tell: Tell<T>;
}

/** A record from put() to its fate. */
export interface Pending<T> extends PreparedRecord, BookedRecord {
    readonly bytes: number;
    readonly value: T;
    readonly deadlineMs: number;
    readonly settle: Settle<T> | undefined;
    lane: Lane<Pending<T>> | undefined;
    attempts: number;
    mayBeWritten: boolean;
    lastRefusal: string | undefined;
}

/** The promise of deliver(). */
export interface Settle<T> {
    readonly resolve: (delivery: Delivery<T>) => void;
    readonly reject: (error: UndeliveredError<T>) => void;
}

export function nameOf<T>({ index, entry }: Pending<T>): string {
    return `record ${formatNumber(index)} (key ${JSON.stringify(entry.PartitionKey)})`;
}

export function byIndex<T>(left: Pending<T>, right: Pending<T>): number {
    return left.index - right.index;
}
