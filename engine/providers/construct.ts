/**
 * A component of a package that the sandbox does not know: it is registered by itself, with nothing inside.
 */
import { credentials } from "@grpc/grpc-js";
import * as provider from "@pulumi/pulumi/proto/provider_pb";
import { ResourceMonitorClient } from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/resource_pb";
import { type UnknownTypes } from "./unknown";

export async function constructEmpty(
    request: provider.ConstructRequest,
    unknown: UnknownTypes,
): Promise<provider.ConstructResponse> {
    unknown.note(request.getType(), request.getName());
    const monitor = new ResourceMonitorClient(request.getMonitorendpoint(), credentials.createInsecure());
    const registration = new rpc.RegisterResourceRequest()
        .setType(request.getType())
        .setName(request.getName())
        .setParent(request.getParent())
        .setCustom(false)
        .setAcceptsecrets(true)
        .setObject(request.getInputs());
    try {
        const urn = await new Promise<string>((resolve, reject) =>
            monitor.registerResource(registration, (error: Error | null, response: rpc.RegisterResourceResponse) =>
                error === null ? resolve(response.getUrn()) : reject(error),
            ),
        );
        return new provider.ConstructResponse().setUrn(urn).setState(request.getInputs());
    } finally {
        monitor.close();
    }
}
