/**
 * A producer on a simulated stream, and what it is given.
 */
import { type ProducerSummary } from "../../producer/events";
import { type ProducerOptions } from "../../producer/options";
import { Producer } from "../../producer/producer";
import { seeded, SimulatedClock, SimulatedStream, type StreamOptions } from "./simulation";

export interface Order {
    readonly id: number;
    readonly key: string;
    readonly size?: number;
}

/** A producer on a simulated stream: by default one shard, no faults, a call takes up to 5 ms. */
export function start(options: Partial<ProducerOptions<Order>> = {}, streamOptions: Partial<StreamOptions> = {}) {
    const clock = new SimulatedClock();
    const random = seeded(7);
    const stream = new SimulatedStream({ clock, random, shards: 1, ...streamOptions });
    const data = ({ id, size = 0 }: Order): string => `${id}`.padEnd(size, " ");
    const producer = new Producer<Order>({
        stream: "orders",
        key: "key",
        data,
        clock,
        random,
        transport: stream,
        ...options,
    });
    return { clock, stream, producer, startMs: clock.nowMs() };
}

export function orders(count: number, keys = count, size = 0): Order[] {
    return Array.from({ length: count }, (_, at) => ({ id: at + 1, key: `key-${at % keys}`, size }));
}

export async function sendAll(
    { clock, producer }: ReturnType<typeof start>,
    source: Iterable<Order>,
): Promise<ProducerSummary<Order>> {
    return clock.run(producer.send(source).then(() => producer.close()));
}
