/**
 * Resource hooks: functions of the program, called in its own process before and after a resource is created or updated.
 */
import * as grpc from "@grpc/grpc-js";
import { CallbacksClient } from "@pulumi/pulumi/proto/callback_grpc_pb";
import { type Callback, CallbackInvokeRequest, type CallbackInvokeResponse } from "@pulumi/pulumi/proto/callback_pb";
import {
    type RegisterResourceHookRequest,
    type RegisterResourceRequest,
    ResourceHookRequest,
    ResourceHookResponse,
} from "@pulumi/pulumi/proto/resource_pb";
import { struct } from "./grpc";
import { type OperationRecord } from "./record";
import { nameOf, type Properties, typeOf } from "./values";

/** Names of the hooks that are bound to a resource, by what happens to it. */
export type HookNames = Readonly<Partial<Record<HookTime, readonly string[]>>>;

export type HookTime = "beforeCreate" | "afterCreate" | "beforeUpdate" | "afterUpdate";

/** What a hook is told; what there is depends on its time. */
export interface HookArguments {
    readonly urn: string;
    readonly id: string;
    readonly newInputs?: Properties;
    readonly oldInputs?: Properties;
    readonly newOutputs?: Properties;
    readonly oldOutputs?: Properties;
}

/** @throws where hooks are bound that nobody would call: this engine deletes when the program has ended */
export function hookNamesOf(request: RegisterResourceRequest): HookNames {
    const bound = request.getHooks();
    if (bound === undefined) return {};
    if (bound.getBeforeDeleteList().length + bound.getAfterDeleteList().length > 0)
        throw new Error("Hooks before and after a deletion need the real engine.");
    return {
        beforeCreate: bound.getBeforeCreateList(),
        afterCreate: bound.getAfterCreateList(),
        beforeUpdate: bound.getBeforeUpdateList(),
        afterUpdate: bound.getAfterUpdateList(),
    };
}

export class Hooks {
    private readonly registered = new Map<string, RegisterResourceHookRequest>();
    private readonly clients = new Map<string, CallbacksClient>();

    constructor(
        private readonly record: OperationRecord,
        private readonly preview: boolean,
    ) {}

    register(request: RegisterResourceHookRequest): void {
        const name = request.getName();
        if (this.registered.has(name)) this.record.refuse(`resource hook already registered for name "${name}"`);
        this.registered.set(name, request);
    }

    /** @throws what a hook that comes before says; one that comes after, or may fail, is a warning */
    async run(time: HookTime, names: HookNames, args: HookArguments): Promise<void> {
        for (const name of names[time] ?? []) {
            const hook = this.registered.get(name);
            if (hook === undefined) throw new Error(`hook "${name}" was not registered`);
            if (this.preview && !hook.getOnDryRun()) continue;
            const error = await this.call(hook.getCallback()!, args);
            if (error === "") continue;
            const isBefore = time.startsWith("before");
            const message = `${isBefore ? "before" : "after"} hook "${name}" failed: ${error}`;
            if (isBefore && !hook.getIgnoreErrors()) throw new Error(message);
            this.record.log("warning", message, args.urn);
        }
    }

    close(): void {
        this.clients.forEach((client) => client.close());
    }

    private async call(callback: Callback, args: HookArguments): Promise<string> {
        const structOf = (value: Properties | undefined) => value && struct(value);
        const request = new ResourceHookRequest()
            .setUrn(args.urn)
            .setId(args.id)
            .setName(nameOf(args.urn))
            .setType(typeOf(args.urn))
            .setNewInputs(structOf(args.newInputs))
            .setOldInputs(structOf(args.oldInputs))
            .setNewOutputs(structOf(args.newOutputs))
            .setOldOutputs(structOf(args.oldOutputs));
        const invoke = new CallbackInvokeRequest().setToken(callback.getToken()).setRequest(request.serializeBinary());
        const response = await new Promise<CallbackInvokeResponse>((resolve, reject) =>
            this.clientOf(callback.getTarget()).invoke(invoke, (error, answer) =>
                error === null ? resolve(answer) : reject(error),
            ),
        );
        return ResourceHookResponse.deserializeBinary(response.getResponse_asU8()).getError();
    }

    private clientOf(target: string): CallbacksClient {
        const client = this.clients.get(target) ?? new CallbacksClient(target, grpc.credentials.createInsecure());
        this.clients.set(target, client);
        return client;
    }
}
