// Serves the stand-in providers over gRPC, where a Pulumi engine attaches to them through PULUMI_DEBUG_PROVIDERS, so
// that neither a program nor its Pulumi.yaml changes between the sandbox and AWS.
import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Aws, type AwsSettings } from "./aws";
import { tables, type ProviderName } from "./tables";
import { type Properties, StandInProvider } from "./provider";

export interface ServedProviders {
    /** The value of PULUMI_DEBUG_PROVIDERS. */
    readonly debugProviders: string;
    stop(): Promise<void>;
}

type Unary = grpc.handleUnaryCall<never, unknown>;
type Handlers = Parameters<grpc.Server["addService"]>[1];

export async function serveProviders(settings: AwsSettings): Promise<ServedProviders> {
    const served = await Promise.all((Object.keys(tables) as ProviderName[]).map((name) => serve(name, settings)));
    return {
        debugProviders: served.map(({ name, port }) => `${name}:${port}`).join(","),
        stop: async () => {
            await Promise.all(served.map(({ stop }) => stop()));
        },
    };
}

async function serve(name: ProviderName, settings: AwsSettings) {
    // An engine opens one connection for each provider resource of a program, so the connection tells whose
    // configuration a call is about.
    const configured = new Map<string, StandInProvider>();
    const provider = (call: grpc.ServerUnaryCall<never, unknown>): StandInProvider => {
        const found = configured.get(call.getPeer()) ?? new StandInProvider(tables[name], new Aws(settings));
        configured.set(call.getPeer(), found);
        return found;
    };
    const server = new grpc.Server({
        "grpc.max_receive_message_length": messageSizeMax,
        "grpc.max_send_message_length": messageSizeMax,
    });
    server.addService(ResourceProviderService, handlers(name, settings, provider, configured) as unknown as Handlers);
    const port = await new Promise<number>((resolve, reject) =>
        server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
            error ? reject(error) : resolve(bound),
        ),
    );
    const stop = async () => {
        configured.forEach(({ aws }) => aws.close());
        server.forceShutdown();
    };
    return { name, port, stop };
}

const messageSizeMax = 400 * 1024 * 1024;

/** At least what any SDK asks for, so that the engine does not warn of an old plugin. */
const version = "999.0.0";

function handlers(
    name: ProviderName,
    settings: AwsSettings,
    provider: (call: grpc.ServerUnaryCall<never, unknown>) => StandInProvider,
    configured: Map<string, StandInProvider>,
): Record<string, Unary> {
    const handle = <Request, Response>(
        respond: (request: Request, call: grpc.ServerUnaryCall<never, unknown>) => Response | Promise<Response>,
    ): Unary => {
        return (call, callback) => {
            Promise.resolve()
                .then(() => respond(call.request as Request, call))
                .then(
                    (response) => callback(null, response),
                    (error: Error) => callback({ code: grpc.status.UNKNOWN, details: error.message }, null),
                );
        };
    };
    return {
        handshake: handle(() => new rpc.ProviderHandshakeResponse()),
        attach: handle(() => new Empty()),
        cancel: handle(() => new Empty()),
        getPluginInfo: handle(() => new PluginInfo().setVersion(version)),
        getSchema: handle(() =>
            new rpc.GetSchemaResponse().setSchema(JSON.stringify({ name, version, resources: {} })),
        ),
        checkConfig: handle((request: rpc.CheckRequest) => new rpc.CheckResponse().setInputs(request.getNews())),
        diffConfig: handle(() => new rpc.DiffResponse().setChanges(rpc.DiffResponse.DiffChanges.DIFF_UNKNOWN)),
        configure: handle((request: rpc.ConfigureRequest, call) => {
            configured.get(call.getPeer())?.aws.close();
            const aws = new Aws(withConfiguration(settings, properties(request.getArgs())));
            configured.set(call.getPeer(), new StandInProvider(tables[name], aws));
            return new rpc.ConfigureResponse().setSupportspreview(true);
        }),
        check: handle((request: rpc.CheckRequest, call) => {
            const { inputs, failures } = provider(call).check(
                request.getUrn(),
                properties(request.getOlds()),
                properties(request.getNews()),
                request.getRandomseed_asU8(),
            );
            return new rpc.CheckResponse()
                .setInputs(struct(inputs))
                .setFailuresList(
                    failures.map((failure) =>
                        new rpc.CheckFailure().setProperty(failure.property).setReason(failure.reason),
                    ),
                );
        }),
        diff: handle((request: rpc.DiffRequest, call) => {
            const difference = provider(call).diff(
                request.getUrn(),
                properties(request.getOldInputs()),
                properties(request.getNews()),
            );
            const { DIFF_SOME, DIFF_NONE } = rpc.DiffResponse.DiffChanges;
            const { UPDATE, UPDATE_REPLACE } = rpc.PropertyDiff.Kind;
            const response = new rpc.DiffResponse()
                .setChanges(difference.changed.length > 0 ? DIFF_SOME : DIFF_NONE)
                .setDiffsList([...difference.changed])
                .setReplacesList([...difference.replaces])
                .setDeletebeforereplace(difference.deleteBeforeReplace)
                .setHasdetaileddiff(true);
            for (const property of difference.changed) {
                const kind = difference.replaces.includes(property) ? UPDATE_REPLACE : UPDATE;
                response.getDetaileddiffMap().set(property, new rpc.PropertyDiff().setKind(kind).setInputdiff(true));
            }
            return response;
        }),
        create: handle(async (request: rpc.CreateRequest, call) => {
            const inputs = properties(request.getProperties());
            const { id, outputs } = await provider(call).create(request.getUrn(), inputs, request.getPreview());
            return new rpc.CreateResponse().setId(id).setProperties(struct(outputs));
        }),
        read: handle(async (request: rpc.ReadRequest, call) => {
            const read = await provider(call).read(
                request.getUrn(),
                request.getId(),
                properties(request.getProperties()),
                properties(request.getInputs()),
            );
            const response = new rpc.ReadResponse();
            return read === undefined
                ? response
                : response.setId(request.getId()).setProperties(struct(read.outputs)).setInputs(struct(read.inputs));
        }),
        update: handle(async (request: rpc.UpdateRequest, call) => {
            const outputs = await provider(call).update(request.getUrn(), request.getId(), {
                state: properties(request.getOlds()),
                oldInputs: properties(request.getOldInputs()),
                news: properties(request.getNews()),
                preview: request.getPreview(),
            });
            return new rpc.UpdateResponse().setProperties(struct(outputs));
        }),
        delete: handle(async (request: rpc.DeleteRequest, call) => {
            await provider(call).delete(request.getUrn(), request.getId(), properties(request.getProperties()));
            return new Empty();
        }),
        invoke: handle(async (request: rpc.InvokeRequest, call) => {
            const result = await provider(call).invoke(request.getTok(), properties(request.getArgs()));
            return new rpc.InvokeResponse().setReturn(struct(result));
        }),
    };
}

/** A provider's configuration comes as properties, of which everything but a string is JSON in a string. */
export function withConfiguration(settings: AwsSettings, configuration: Properties): AwsSettings {
    const region = configuration.region;
    const given = configuration.defaultTags;
    const defaultTags = (typeof given === "string" ? JSON.parse(given) : given) as { tags?: object } | undefined;
    return {
        ...settings,
        ...(typeof region === "string" && region !== "" ? { region } : {}),
        ...(defaultTags?.tags ? { defaultTags: defaultTags.tags as Record<string, string> } : {}),
    };
}

function properties(value: Struct | undefined): Properties {
    return (value?.toJavaScript() ?? {}) as Properties;
}

function struct(value: Properties): Struct {
    return Struct.fromJavaScript(JSON.parse(JSON.stringify(value)));
}
