/**
 * Who calls: read from the signature, never checked. The sandbox takes any credentials and reads no real ones.
 */
import * as os from "node:os";

import { type RawRequest } from "../service";

export interface Caller {
    readonly accessKeyId: string;
    readonly region: string;
    /** The service that the request is signed for. */
    readonly service: string;
}

/** The scope of a SigV4 signature, from the header or, for a presigned URL, from the query string. */
export function callerOf(request: RawRequest): Caller | undefined {
    const credential =
        /Credential=([^,\s]+)/.exec(request.headers.authorization ?? "")?.[1] ??
        new URL(request.url, "http://sandbox").searchParams.get("X-Amz-Credential");
    // ACCESSKEY/20261101/us-east-1/kinesis/aws4_request; the key itself may hold anything but a slash.
    const [accessKeyId, , region, service] = credential?.split("/") ?? [];
    return accessKeyId && region && service ? { accessKeyId, region, service } : undefined;
}

export const sandboxCredentials = { accessKeyId: "AKIASANDBOX000000000", secretAccessKey: "sandbox" } as const;

/** The environment that points any AWS SDK or the aws CLI at the sandbox, and at no account or file of the machine's user. */
export function sandboxEnvironment(endpoint: string, region: string): Record<string, string> {
    return {
        AWS_ENDPOINT_URL: endpoint,
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        AWS_ACCESS_KEY_ID: sandboxCredentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: sandboxCredentials.secretAccessKey,
        AWS_CONFIG_FILE: os.devNull,
        AWS_SHARED_CREDENTIALS_FILE: os.devNull,
        AWS_EC2_METADATA_DISABLED: "true",
        NO_PROXY: "127.0.0.1,localhost",
        no_proxy: "127.0.0.1,localhost",
    };
}
