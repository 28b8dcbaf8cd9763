/**
 * What the gRPC servers of this process share: a port on the loopback, calls with one answer, properties as messages.
 */
import * as grpc from "@grpc/grpc-js";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { type Properties } from "./values";

export type Unary = grpc.handleUnaryCall<never, unknown>;
export type Handlers = Readonly<Record<string, Unary>>;

export interface Served {
    readonly port: number;
    stop(): void;
}

/** What the engine itself sends and accepts. */
const messageBytesMax = 400 * 1024 * 1024;

/** @throws Error where it cannot listen on the loopback */
export async function serve(
    services: readonly (readonly [service: grpc.ServiceDefinition | object, handlers: Handlers | object])[],
): Promise<Served> {
    const server = new grpc.Server({
        "grpc.max_receive_message_length": messageBytesMax,
        "grpc.max_send_message_length": messageBytesMax,
    });
    for (const [service, handlers] of services)
        server.addService(service as grpc.ServiceDefinition, handlers as grpc.UntypedServiceImplementation);
    const port = await new Promise<number>((resolve, reject) =>
        server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
            error ? reject(error) : resolve(bound),
        ),
    );
    return { port, stop: () => server.forceShutdown() };
}

/** @param failed told of a failure; returns the status that the caller sees */
export function unary<Request, Response>(
    respond: (request: Request, peer: string) => Response | Promise<Response>,
    failed: (error: Error) => grpc.status = () => grpc.status.UNKNOWN,
): Unary {
    return (call, callback) => {
        Promise.resolve()
            .then(() => respond(call.request, call.getPeer()))
            .then(
                (response) => callback(null, response),
                (error: Error) => callback({ code: failed(error), details: error.message }, null),
            );
    };
}

export function properties(value: Struct | undefined): Properties {
    return (value?.toJavaScript() ?? {}) as Properties;
}

export function struct(value: Properties): Struct {
    return Struct.fromJavaScript(JSON.parse(JSON.stringify(value)));
}
