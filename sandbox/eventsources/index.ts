/**
 * Event source mappings of the local Lambda: Kinesis streams and their consumers are read, on the sandbox's clock and with the rights of the
 * function's role, and handed to functions in batches.
 *
 * What it leaves out: other sources than Kinesis, filters, tumbling windows, and destinations other than queues and topics.
 */
import { type Ambient } from "../service";
import { type OperationTable } from "../wire/operation";
import { type Route } from "../wire/rest";
import * as mappings from "./mappings";
import { type Account, type EventSourceOptions } from "./state";

export type { Account, EventSourceOptions, Outcome, Target } from "./state";

export function newAccount(ambient: Ambient, options: EventSourceOptions): Account {
    return { ...options, ambient, mappings: new Map(), made: 0, underWay: new Set(), stopped: false };
}

const all = "/2015-03-31/event-source-mappings";

/** They are operations of Lambda. */
export const table: OperationTable<Account, Route> = {
    CreateEventSourceMapping: { ...mappings.createMapping, at: `POST ${all}`, status: 202 },
    DeleteEventSourceMapping: { ...mappings.deleteMapping, at: `DELETE ${all}/{UUID}`, status: 202 },
    GetEventSourceMapping: { ...mappings.getMapping, at: `GET ${all}/{UUID}` },
    ListEventSourceMappings: {
        ...mappings.listMappings,
        at: `GET ${all}`,
        members: (_raw, query) => ({
            EventSourceArn: query.get("EventSourceArn") ?? undefined,
            FunctionName: query.get("FunctionName") ?? undefined,
            Marker: query.get("Marker") ?? undefined,
            MaxItems: query.has("MaxItems") ? Number(query.get("MaxItems")) : undefined,
        }),
    },
    UpdateEventSourceMapping: { ...mappings.updateMapping, at: `PUT ${all}/{UUID}`, status: 202 },
};

/** Ends what the mappings still do. */
export async function stop(account: Account): Promise<void> {
    account.stopped = true;
    for (const { timer } of account.mappings.values()) timer?.cancel();
    await Promise.all([...account.mappings.values()].map(({ poller }) => poller?.stop()));
    await Promise.all(account.underWay);
}
