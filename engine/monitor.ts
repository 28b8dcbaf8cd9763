/**
 * pulumirpc.ResourceMonitor and pulumirpc.Engine in front of a Deployment: only the translation of messages.
 */
import { status } from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as engine from "@pulumi/pulumi/proto/engine_pb";
import * as provider from "@pulumi/pulumi/proto/provider_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/resource_pb";
import { type Deployment } from "./deployment";
import { type Diagnostic } from "./engine";
import { type Handlers, properties, serve, struct, unary } from "./grpc";
import { register } from "./registration";
import { StoppedError } from "./record";

export interface Monitor {
    readonly address: string;
    stop(): void;
}

// What the SDK may send: secrets marked as such; options that matter to a state that outlives the deployment only.
const features = new Set(["secrets", "deletedWith", "replaceWith", "resourceHooks"]);

export async function serveMonitor(deployment: Deployment): Promise<Monitor> {
    const { port, stop } = await serve([
        [ResourceMonitorService, monitorHandlers(deployment)],
        [EngineService, engineHandlers(deployment)],
    ]);
    return { address: `127.0.0.1:${port}`, stop };
}

/**
 * Every failure is told once, by the deployment. UNAVAILABLE is what the SDK takes as "the engine is stopping": it ends
 * the program without words of its own.
 */
function handler(deployment: Deployment) {
    return <Request, Response>(respond: (request: Request) => Response | Promise<Response>) =>
        unary(respond, (error) => {
            if (!(error instanceof StoppedError)) deployment.record.fail(error.message);
            return status.UNAVAILABLE;
        });
}

function monitorHandlers(deployment: Deployment): Handlers {
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
            deployment.record.refuse(`${request.getTok()}: methods of other packages need the real engine.`),
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
            const registered = await register(deployment, {
                type: request.getType(),
                name: request.getName(),
                parent: request.getParent(),
                custom: request.getCustom(),
                remote: request.getRemote(),
                provider: request.getProvider(),
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
        // Hooks guard a state that outlives the deployment, so none is called here.
        registerResourceHook: handle(() => new Empty()),
        registerResourceOutputs: handle((request: rpc.RegisterResourceOutputsRequest) => {
            deployment.registerOutputs(request.getUrn(), properties(request.getOutputs()));
            return new Empty();
        }),
        signalAndWaitForShutdown: handle(() => new Empty()),
    };
}

function engineHandlers(deployment: Deployment): Handlers {
    const handle = handler(deployment);
    const { DEBUG, INFO, WARNING } = engine.LogSeverity;
    return {
        log: handle((request: engine.LogRequest) => {
            const severity = request.getSeverity();
            const level: Diagnostic["severity"] =
                severity === WARNING ? "warning" : severity === INFO ? "info" : "error";
            if (severity !== DEBUG) deployment.record.log(level, request.getMessage(), request.getUrn());
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
