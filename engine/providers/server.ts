/**
 * Serves the stand-in providers over gRPC, where a Pulumi engine attaches to them through PULUMI_DEBUG_PROVIDERS, so that
 * neither a program nor its Pulumi.yaml changes between the sandbox and AWS.
 */
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { type Handlers, properties, serve, struct, unary } from "../grpc";
import { type Properties } from "../values";
import { Aws, type AwsSettings, withConfiguration } from "./aws";
import { constructEmpty } from "./construct";
import { StandInProvider } from "./provider";
import { tables, tablesOf } from "./tables";
import { runsOwnCode, type UnknownTypes } from "./unknown";

export interface ServedProviders {
    /** The value of PULUMI_DEBUG_PROVIDERS, at any time. */
    debugProviders(): string;
    /** Serves mocks for a further package; false where it is served already, or where there are to be no mocks. */
    add(name: string): Promise<boolean>;
    stop(): void;
}

export async function serveProviders(settings: AwsSettings, unknown?: UnknownTypes): Promise<ServedProviders> {
    const names = [...Object.keys(tables), ...(unknown === undefined ? [] : runsOwnCode)];
    const served = await Promise.all(names.map((name) => serveOne(name, settings, unknown)));
    return {
        debugProviders: () => served.map(({ name, port }) => `${name}:${port}`).join(","),
        add: async (name) => {
            if (unknown === undefined || served.some((other) => other.name === name)) return false;
            served.push(await serveOne(name, settings, unknown));
            return true;
        },
        stop: () => served.forEach(({ stop }) => stop()),
    };
}

async function serveOne(name: string, settings: AwsSettings, unknown: UnknownTypes | undefined) {
    // An engine opens one connection for each provider resource of a program, so the connection tells whose
    // configuration a call is about.
    const configured = new Map<string, StandInProvider>();
    const configure = (peer: string, configuration: Properties): StandInProvider => {
        configured.get(peer)?.aws.close();
        const provider = new StandInProvider(
            tablesOf(name),
            new Aws(withConfiguration(settings, configuration)),
            unknown,
        );
        configured.set(peer, provider);
        return provider;
    };
    const answers = Object.entries(operations).map(([operation, answer]) => [
        operation,
        unary((request: never, peer) => answer(configured.get(peer) ?? configure(peer, {}), request)),
    ]);
    const { port, stop } = await serve([
        [
            ResourceProviderService,
            {
                ...pluginHandlers(name),
                configure: unary((request: rpc.ConfigureRequest, peer) => {
                    configure(peer, properties(request.getArgs()));
                    return new rpc.ConfigureResponse().setSupportspreview(true).setAcceptsecrets(!(name in tables));
                }),
                ...(unknown === undefined
                    ? {}
                    : { construct: unary((request: rpc.ConstructRequest) => constructEmpty(request, unknown)) }),
                ...Object.fromEntries(answers),
            },
        ],
    ]);
    return {
        name,
        port,
        stop: () => {
            configured.forEach(({ aws }) => aws.close());
            stop();
        },
    };
}

/** At least what any SDK asks for, so that the engine does not warn of an old plugin. */
const version = "999.0.0";

/** What is asked of any plugin, whatever it provides. */
function pluginHandlers(name: string): Handlers {
    const schema = JSON.stringify({ name, version, resources: {} });
    return {
        // A mock gives back what it is given, secrets as such; of others the engine asks no components.
        handshake: unary(() => new rpc.ProviderHandshakeResponse().setAcceptSecrets(!(name in tables))),
        attach: unary(() => new Empty()),
        cancel: unary(() => new Empty()),
        getPluginInfo: unary(() => new PluginInfo().setVersion(version)),
        getSchema: unary(() => new rpc.GetSchemaResponse().setSchema(schema)),
        checkConfig: unary((request: rpc.CheckRequest) => new rpc.CheckResponse().setInputs(request.getNews())),
        diffConfig: unary(() => new rpc.DiffResponse().setChanges(rpc.DiffResponse.DiffChanges.DIFF_UNKNOWN)),
    };
}

/** What is asked about a resource, as messages. */
const operations = {
    check: (provider: StandInProvider, request: rpc.CheckRequest) => {
        const { inputs, failures } = provider.check(
            request.getUrn(),
            properties(request.getOlds()),
            properties(request.getNews()),
            request.getRandomseed_asU8(),
        );
        const told = failures.map(({ property, reason }) =>
            new rpc.CheckFailure().setProperty(property).setReason(reason),
        );
        return new rpc.CheckResponse().setInputs(struct(inputs)).setFailuresList(told);
    },
    diff: (provider: StandInProvider, request: rpc.DiffRequest) => {
        const { changed, replaces, deleteBeforeReplace } = provider.diff(
            request.getUrn(),
            properties(request.getOldInputs()),
            properties(request.getNews()),
        );
        const { DIFF_SOME, DIFF_NONE } = rpc.DiffResponse.DiffChanges;
        const { UPDATE, UPDATE_REPLACE } = rpc.PropertyDiff.Kind;
        const response = new rpc.DiffResponse()
            .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
            .setDiffsList([...changed])
            .setReplacesList([...replaces])
            .setDeletebeforereplace(deleteBeforeReplace)
            .setHasdetaileddiff(true);
        for (const property of changed) {
            const kind = replaces.includes(property) ? UPDATE_REPLACE : UPDATE;
            response.getDetaileddiffMap().set(property, new rpc.PropertyDiff().setKind(kind).setInputdiff(true));
        }
        return response;
    },
    create: async (provider: StandInProvider, request: rpc.CreateRequest) => {
        const inputs = properties(request.getProperties());
        const { id, outputs } = await provider.create(request.getUrn(), inputs, request.getPreview());
        return new rpc.CreateResponse().setId(id).setProperties(struct(outputs));
    },
    read: async (provider: StandInProvider, request: rpc.ReadRequest) => {
        const read = await provider.read(
            request.getUrn(),
            request.getId(),
            properties(request.getProperties()),
            properties(request.getInputs()),
        );
        const response = new rpc.ReadResponse();
        return read === undefined
            ? response
            : response.setId(read.id).setProperties(struct(read.outputs)).setInputs(struct(read.inputs));
    },
    update: async (provider: StandInProvider, request: rpc.UpdateRequest) => {
        const outputs = await provider.update(request.getUrn(), request.getId(), {
            state: properties(request.getOlds()),
            oldInputs: properties(request.getOldInputs()),
            news: properties(request.getNews()),
            preview: request.getPreview(),
        });
        return new rpc.UpdateResponse().setProperties(struct(outputs));
    },
    delete: async (provider: StandInProvider, request: rpc.DeleteRequest) => {
        await provider.delete(request.getUrn(), request.getId(), properties(request.getProperties()));
        return new Empty();
    },
    invoke: async (provider: StandInProvider, request: rpc.InvokeRequest) => {
        const result = await provider.invoke(request.getTok(), properties(request.getArgs()));
        return new rpc.InvokeResponse().setReturn(struct(result));
    },
};
