/**
 * The local Lambda: runs the deployed zip in child processes with the rights of its role, on the sandbox's clock.
 */
import * as fs from "node:fs";

import * as eventSources from "../eventsources/index";
import { type ActingService, type Ambient, arnOf, type CallInput, type Service, textOf } from "../service";
import { operationsOf, type OperationTable } from "../wire/operation";
import { restFetch, type Route } from "../wire/rest";
import * as eventInvoke from "./eventInvoke";
import * as functions from "./functions";
import { type Handler } from "./handlers";
import { enqueue, payloadOf, run } from "./invocations";
import { invoke, invokeRoute } from "./invoke";
import { addPermission, checkAdmitted, getPolicy, removePermission } from "./permissions";
import {
    type Account,
    functionArn,
    functionOf,
    type InvocationRecord,
    type LambdaOptions,
    newAccount,
    type Worker,
} from "./state";

export interface LambdaService extends Service {
    /** The newest 10,000 invocations, oldest first. */
    readonly invocations: readonly InvocationRecord[];
    /** Invocations that run at this moment. */
    readonly running: number;
    /**
     * Functions that run in this process, by name: a test that sets one before the first invocation needs no process for it.
     *
     * @example sandbox.cloud.lambda.handlers.set("worker", (event) => seen.push(event));
     */
    readonly handlers: Map<string, Handler>;
    /** Invokes as a service of AWS does: the function's resource policy must admit it. @throws AwsError */
    invokeAs(source: ActingService, functionArn: string, event: unknown): Promise<void>;
    /** Takes an event for later, as an asynchronous Invoke does; retries and destinations follow. @throws AwsError if there is no such function */
    enqueue(functionArn: string, event: unknown): void;
}

export function lambdaService(ambient: Ambient, options: LambdaOptions): LambdaService {
    const account = newAccount(ambient, options);
    const mappings = eventSources.newAccount(ambient, portsOf(account));
    const operations = { ...operationsOf(table, account), ...operationsOf(eventSources.table, mappings) };
    return {
        name: "lambda",
        operations,
        fetch: restFetch("lambda", operations, { ...table, ...eventSources.table }),
        accessOf: (operation, input) => [
            {
                action: `lambda:${operation === "Invoke" ? "InvokeFunction" : operation}`,
                resource: resourceOf(ambient, operation, input),
            },
        ],
        handlers: account.handlers,
        invocations: account.invocations,
        get running() {
            return workersOf(account).filter(({ environment }) => environment.busy).length;
        },
        enqueue: (nameOrArn, event) => enqueue(account, functionOf(account, nameOrArn), textOfEvent(event)),
        async invokeAs(source, nameOrArn, event) {
            const fn = functionOf(account, nameOrArn);
            checkAdmitted(account, fn, source);
            enqueue(account, fn, textOfEvent(event));
        },
        async stop() {
            await Promise.all([eventSources.stop(mappings), stop(account)]);
        },
    };
}

/** What event source mappings know of functions. */
function portsOf(account: Account): eventSources.EventSourceOptions {
    const { iam, metrics, callAs, mappingTags } = account;
    return {
        iam,
        metrics,
        callAs,
        tags: mappingTags,
        functionOf: (nameOrArn) => {
            const { name, arn, configuration } = functionOf(account, nameOrArn);
            return { name, arn, roleArn: configuration.Role };
        },
        invoke: async (nameOrArn, event, requestId) => {
            const outcome = await run(account, functionOf(account, nameOrArn), event, requestId);
            return { payload: payloadOf(outcome), functionError: "failure" in outcome };
        },
    };
}

function resourceOf(ambient: Ambient, operation: string, input: CallInput): string {
    const uuid = textOf(input, "UUID");
    if (uuid !== undefined) return arnOf(ambient, "lambda", `event-source-mapping:${uuid}`);
    // Which function a mapping is for is a condition of the call, not its resource.
    if (/^(Create|List)EventSourceMapping/.test(operation)) return "*";
    const name = textOf(input, "FunctionName") ?? textOf(input, "Resource");
    if (name === undefined) return "*";
    return name.startsWith("arn:") ? name : functionArn(ambient, name);
}

/** The path of one function. */
const one = "functions/{FunctionName}";

const table: OperationTable<Account, Route> = {
    AddPermission: { ...addPermission, at: `POST /2015-03-31/${one}/policy`, status: 201 },
    CreateFunction: { ...functions.createFunction, at: "POST /2015-03-31/functions", status: 201 },
    DeleteFunction: { ...functions.deleteFunction, at: `DELETE /2015-03-31/${one}` },
    DeleteFunctionConcurrency: { ...functions.deleteConcurrency, at: `DELETE /2017-10-31/${one}/concurrency` },
    DeleteFunctionEventInvokeConfig: {
        ...eventInvoke.deleteEventInvoke,
        at: `DELETE /2019-09-25/${one}/event-invoke-config`,
    },
    GetFunction: { ...functions.getFunction, at: `GET /2015-03-31/${one}` },
    GetFunctionCodeSigningConfig: {
        ...functions.getCodeSigningConfig,
        at: `GET /2020-06-30/${one}/code-signing-config`,
    },
    GetFunctionConcurrency: { ...functions.getConcurrency, at: `GET /2019-09-30/${one}/concurrency` },
    GetFunctionConfiguration: { ...functions.getConfiguration, at: `GET /2015-03-31/${one}/configuration` },
    GetFunctionEventInvokeConfig: { ...eventInvoke.getEventInvoke, at: `GET /2019-09-25/${one}/event-invoke-config` },
    GetPolicy: { ...getPolicy, at: `GET /2015-03-31/${one}/policy` },
    Invoke: { ...invoke, ...invokeRoute },
    ListFunctions: { ...functions.listFunctions, at: "GET /2015-03-31/functions" },
    ListTags: { ...functions.listTags, at: "GET /2017-03-31/tags/{Resource}" },
    ListVersionsByFunction: { ...functions.listVersions, at: `GET /2015-03-31/${one}/versions` },
    PutFunctionConcurrency: { ...functions.putConcurrency, at: `PUT /2017-10-31/${one}/concurrency` },
    PutFunctionEventInvokeConfig: { ...eventInvoke.putEventInvoke, at: `PUT /2019-09-25/${one}/event-invoke-config` },
    RemovePermission: { ...removePermission, at: `DELETE /2015-03-31/${one}/policy/{StatementId}` },
    TagResource: { ...functions.tagResource, at: "POST /2017-03-31/tags/{Resource}" },
    UntagResource: {
        ...functions.untagResource,
        at: "DELETE /2017-03-31/tags/{Resource}",
        members: (_raw, query) => ({ TagKeys: query.getAll("tagKeys") }),
    },
    UpdateFunctionCode: { ...functions.updateCode, at: `PUT /2015-03-31/${one}/code` },
    UpdateFunctionConfiguration: { ...functions.updateConfiguration, at: `PUT /2015-03-31/${one}/configuration` },
    UpdateFunctionEventInvokeConfig: {
        ...eventInvoke.updateEventInvoke,
        at: `POST /2019-09-25/${one}/event-invoke-config`,
    },
};

function textOfEvent(event: unknown): string {
    return typeof event === "string" ? event : JSON.stringify(event ?? {});
}

function workersOf({ functions }: Account): Worker[] {
    return [...functions.values()].flatMap((fn) => fn.workers);
}

async function stop(account: Account): Promise<void> {
    account.stopped = true;
    for (const wake of account.sleepers) wake();
    await Promise.all(workersOf(account).map(({ environment }) => environment.stop()));
    await Promise.all(account.underWay);
    if (account.codeFolder !== undefined) fs.rmSync(account.codeFolder, { recursive: true, force: true });
}
