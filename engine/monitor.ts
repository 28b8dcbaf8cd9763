// pulumirpc.ResourceMonitor and pulumirpc.Engine in front of a Deployment: only the translation of messages.
import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as engine from "@pulumi/pulumi/proto/engine_pb";
import * as provider from "@pulumi/pulumi/proto/provider_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/resource_pb";
import { type Properties } from "./providers/provider";
import { type Deployment, StoppedError } from "./deployment";
import { type Diagnostic } from "./engine";

export interface Monitor {
    readonly address: string;
    stop(): Promise<void>;
}

type Handlers = Parameters<grpc.Server["addService"]>[1];

const sizeMax = 400 * 1024 * 1024;

// What the SDK may send: secrets marked as such; options that matter to a state that outlives the deployment only.
const features = new Set(["secrets", "deletedWith", "replaceWith"]);

export async function serveMonitor(deployment: Deployment): Promise<Monitor> {
    const server = new grpc.Server({
        "grpc.max_receive_message_length": sizeMax,
        "grpc.max_send_message_length": sizeMax,
    });
    server.addService(ResourceMonitorService, monitorHandlers(deployment) as unknown as Handlers);
    server.addService(EngineService, engineHandlers(deployment) as unknown as Handlers);
    const port = await new Promise<number>((resolve, reject) =>
        server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
            error ? reject(error) : resolve(bound),
        ),
    );
    return { address: `127.0.0.1:${port}`, stop: async () => server.forceShutdown() };
}

type Unary = grpc.handleUnaryCall<never, unknown>;

/**
 * Every failure is told once, by the deployment. UNAVAILABLE is what the SDK takes as "the engine is stopping": it ends
 * the program without words of its own.
 */
function handler(deployment: Deployment) {
    return <Request, Response>(respond: (request: Request) => Response | Promise<Response>): Unary =>
        (call, callback) => {
            Promise.resolve()
                .then(() => respond(call.request as Request))
                .then(
                    (response) => callback(null, response),
                    (error: Error) => {
                        if (!(error instanceof StoppedError)) deployment.fail(error.message);

                        callback({ code: grpc.status.UNAVAILABLE, details: error.message }, null);
                    },
                );
        };
}

function monitorHandlers(deployment: Deployment): Record<string, Unary> {
    const handle = handler(deployment);
    return {
        supportsFeature: handle((request: rpc.SupportsFeatureRequest) =>
            new rpc.SupportsFeatureResponse().setHassupport(features.has(request.getId())),
        ),
        invoke: handle(async (request: rpc.ResourceInvokeRequest) => {
            const args = properties(request.getArgs());
            const result = await deployment.invoke(request.getTok(), args, request.getProvider());
            return new provider.InvokeResponse().setReturn(struct(result));
        }),
        call: handle((request: rpc.ResourceCallRequest) =>
            deployment.refuse(`${request.getTok()}: methods of other packages need the real engine.`),
        ),
        readResource: handle(async (request: rpc.ReadResourceRequest) => {
            const read = await deployment.read({
                type: request.getType(),
                name: request.getName(),
                parent: request.getParent(),
                provider: request.getProvider(),
                id: request.getId(),
                properties: properties(request.getProperties()),
            });
            return new rpc.ReadResourceResponse().setUrn(read.urn).setProperties(struct(read.outputs));
        }),
        registerResource: handle(async (request: rpc.RegisterResourceRequest) => {
            const propertyDependencies: Record<string, readonly string[]> = {};
            request.getPropertydependenciesMap().forEach((urns, property) => {
                propertyDependencies[property] = urns.getUrnsList();
            });
            const registered = await deployment.register({
                type: request.getType(),
                name: request.getName(),
                parent: request.getParent(),
                custom: request.getCustom(),
                remote: request.getRemote(),
                provider: request.getProvider(),
                providers: Object.fromEntries(request.getProvidersMap().toArray()),
                properties: properties(request.getObject()),
                dependencies: request.getDependenciesList(),
                propertyDependencies,
                protect: request.getProtect() ?? false,
                ignoreChanges: request.getIgnorechangesList(),
                retainOnDelete: request.getRetainondelete() ?? false,
                importId: request.getImportid(),
            });
            return new rpc.RegisterResourceResponse()
                .setUrn(registered.urn)
                .setId(registered.id)
                .setObject(struct(registered.outputs));
        }),
        registerResourceOutputs: handle((request: rpc.RegisterResourceOutputsRequest) => {
            deployment.registerOutputs(request.getUrn(), properties(request.getOutputs()));
            return new Empty();
        }),
        signalAndWaitForShutdown: handle(() => new Empty()),
    };
}

function engineHandlers(deployment: Deployment): Record<string, Unary> {
    const handle = handler(deployment);
    const { DEBUG, INFO, WARNING } = engine.LogSeverity;
    return {
        log: handle((request: engine.LogRequest) => {
            const severity = request.getSeverity();
            const level: Diagnostic["severity"] =
                severity === WARNING ? "warning" : severity === INFO ? "info" : "error";
            if (severity !== DEBUG) deployment.log(level, request.getMessage(), request.getUrn());

            return new Empty();
        }),
        getRootResource: handle(() => new engine.GetRootResourceResponse().setUrn(deployment.rootUrn)),
        setRootResource: handle((request: engine.SetRootResourceRequest) => {
            deployment.rootUrn = request.getUrn();
            return new engine.SetRootResourceResponse();
        }),
        startDebugging: handle(() => new Empty()),
        requirePulumiVersion: handle(() => new engine.RequirePulumiVersionResponse()),
    };
}

function properties(value: Struct | undefined): Properties {
    return (value?.toJavaScript() ?? {}) as Properties;
}

function struct(value: Properties): Struct {
    return Struct.fromJavaScript(JSON.parse(JSON.stringify(value)));
}
