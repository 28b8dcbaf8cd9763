/** Puts the limits of Kinesis to an endpoint that runs by itself: a process of the sandbox, another emulator. */
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { isDeepStrictEqual } from "node:util";
import { type LimitRow, Questions } from "./limitRows";

export interface Endpoint {
    readonly endpoint: string;
    /** Endpoint seconds per real second. @default 1 */
    readonly speed?: number;
    /** Rows that are asked at once. @default 8 */
    readonly atOnce?: number;
    /** Whether an access key of twelve digits is an account of its own, as in the sandbox; else streams have names of their own. @default true */
    readonly hasAccounts?: boolean;
    /** @default 3: what must happen within a second may find the machine busy */
    readonly tries?: number;
}

export interface Miss {
    readonly title: string;
    readonly gives: unknown;
    /** What the endpoint gave last. */
    readonly gave: unknown;
}

/** The rows whose limit the endpoint does not hold: what it misses among others is asked again, alone. */
export async function missedLimits(rows: readonly LimitRow[], to: Endpoint): Promise<Miss[]> {
    const { tries = 3 } = to;
    const missed: { row: LimitRow; miss: Miss }[] = [];
    const waiting = [...rows];
    const worker = async (): Promise<void> => {
        for (let row = waiting.shift(); row; row = waiting.shift()) {
            const miss = await missOf(row, to);
            if (miss) missed.push({ row, miss });
        }
    };
    await Promise.all(Array.from({ length: to.atOnce ?? 8 }, worker));
    const misses: Miss[] = [];
    for (const { row, miss } of missed) {
        let last: Miss | undefined = miss;
        for (let tried = 1; tried < tries && last; tried++) last = await missOf(row, to);
        if (last) misses.push(last);
    }
    return misses;
}

/** Every try has a stream and, where the endpoint knows accounts, an account of its own. */
let asked = 0;

async function missOf(row: LimitRow, to: Endpoint): Promise<Miss | undefined> {
    const { endpoint, speed = 1, hasAccounts = true } = to;
    const { title, gives } = row;
    const id = ++asked;
    const client = new KinesisClient({
        endpoint,
        region: "us-east-1",
        credentials: { accessKeyId: hasAccounts ? String(id).padStart(12, "0") : "test", secretAccessKey: "test" },
        maxAttempts: 1,
        // One connection serves many calls, which must come within a second.
        requestHandler: new NodeHttpHandler({ requestTimeout: 20_000, throwOnRequestTimeout: true }),
    });
    const pass = (seconds: number) =>
        new Promise<void>((resolve) => setTimeout(resolve, Math.ceil((seconds * 1_000) / speed)));
    try {
        const gave = await row.ask(new Questions({ client, streamName: `limit-${id}`, pass }));
        return isDeepStrictEqual(gave, gives) ? undefined : { title, gives, gave };
    } catch (error) {
        return { title, gives, gave: `${(error as Error).name}: ${(error as Error).message}` };
    } finally {
        client.destroy();
    }
}
