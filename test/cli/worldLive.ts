/** The small world of the scaler's tests as the command line opens a stream: virtual time, no client of AWS. */
import pico from "picocolors";
import { type CommandContext } from "../../cli/command";
import { type Live } from "../../cli/live";
import { type Terminal } from "../../cli/terminal";
import { type Clients } from "../../stream/clients";
import { StreamMemory } from "../../stream/history";
import { type FoundLedger } from "../../stream/ledger";
import { type World } from "../scaler/world";

export const someFile: Terminal = { interactive: false, columns: 80, colours: pico.createColors(false) };

/** A command's surroundings, and what it printed on the way. */
export function contextOf(terminal = someFile): CommandContext & { readonly printed: string[] } {
    const printed: string[] = [];
    return {
        terminal,
        progress: { update: () => undefined, end: () => undefined },
        json: false,
        print: (line) => void printed.push(line),
        endUnread: () => undefined,
        signal: new AbortController().signal,
        printed,
    };
}

/**
 * @param ledger where the stream's ledger is; by default in the world's table
 * @param onSleep called with each moment that somebody waits, after it
 */
export function worldLive(
    world: World,
    ledger: () => FoundLedger | undefined = () => ({ table: "orders-ledger", store: world.ledger }),
    onSleep: () => Promise<void> | void = () => undefined,
): Live {
    const ports = world.ports();
    const pace = {
        ...ports,
        sleep: async (ms: number) => {
            await ports.sleep(ms);
            await onSleep();
        },
    };
    return {
        name: "orders",
        target: { StreamName: "orders" },
        // The history of a ledger, which is empty.
        clients: { dynamoDb: { send: () => Promise.resolve({ Items: [] }) } } as unknown as Clients,
        stream: {
            ...ports.stream,
            details: async () => ({
                ...(await ports.stream.describe()),
                retentionHours: 24,
                shardLevelMetrics: [],
                fanOutConsumers: 0,
            }),
            shards: () => Promise.resolve({ open: world.shards, closed: 0 }),
            openShardsAt: () => Promise.resolve(world.shards),
            tag: () => Promise.resolve(undefined),
        },
        metrics: ports.metrics,
        bare: ports,
        scaler: () => Promise.resolve(undefined),
        memory: new StreamMemory(),
        pace,
        ledger: () => Promise.resolve().then(ledger),
    };
}
