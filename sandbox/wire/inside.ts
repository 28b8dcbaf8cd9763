/**
 * Calls inside the sandbox: a service of AWS that acts with a role makes them as any client of that role does, guards and limits included.
 */
import { randomUUID } from "node:crypto";

import { type Ambient, AwsError, type Guard, type RequestContext, type Service } from "../service";

/**
 * Calls another service as a session of a role.
 *
 * @example await callAs(session, "kinesis", "GetRecords", { ShardIterator })
 * @throws AwsError: what a client would be refused with
 */
export type CallAs = (
    session: { readonly accessKeyId: string },
    service: string,
    operation: string,
    input: object,
) => Promise<unknown>;

export function callsInside(ambient: Ambient, serviceNamed: (name: string) => Service | undefined, ask: Guard): CallAs {
    return async ({ accessKeyId }, name, operation, input) => {
        const run = serviceNamed(name)?.operations[operation];
        if (!run) throw new AwsError("UnknownOperationException", `The sandbox's ${name} has no ${operation}.`);
        const guard = (asked: string, given: unknown): Promise<void> =>
            Promise.resolve(ask({ service: name, operation: asked, input: given, request }));
        const { region } = ambient;
        const request: RequestContext = { accessKeyId, region, requestId: randomUUID(), protocol: "json", guard };
        await guard(operation, input);
        return run(input, request);
    };
}
