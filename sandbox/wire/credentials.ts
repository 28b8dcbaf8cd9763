/**
 * Who calls: read from the signature, never checked. The sandbox takes any credentials and reads no real ones.
 */
import * as os from "node:os";

import { AwsError, type RawRequest } from "../service";
import { urlOf } from "./url";

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
        urlOf(request).searchParams.get("X-Amz-Credential");
    // ACCESSKEY/20261101/us-east-1/kinesis/aws4_request; the key itself may hold anything but a slash.
    const [accessKeyId, , region, service] = credential?.split("/") ?? [];
    return accessKeyId && region && service ? { accessKeyId, region, service } : undefined;
}

const headerParameters = ["Credential", "Signature", "SignedHeaders"];
const queryParameters = ["Algorithm", "Credential", "Signature", "SignedHeaders", "Date"].map(
    (name) => `X-Amz-${name}`,
);

/** What a request without a caller lacks, in AWS's sentences. */
export function unsigned(request: RawRequest, isQuery: boolean): AwsError {
    const { headers } = request;
    const { searchParams: query } = urlOf(request);
    const authorization = headers.authorization ?? "";
    const inQuery = query.has("X-Amz-Algorithm");
    if (authorization === "" && !inQuery) {
        const sentence = "Missing Authentication Token";
        if (isQuery) return new AwsError("MissingAuthenticationToken", sentence, 403);
        return new AwsError("MissingAuthenticationTokenException", sentence);
    }
    if (authorization !== "" && inQuery) {
        return new AwsError(
            "InvalidSignatureException",
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
        );
    }
    const incomplete = (sentences: readonly string[]) =>
        new AwsError("IncompleteSignatureException", sentences.join(" "));
    if (inQuery) {
        const missing = queryParameters.filter((name) => !query.get(name));
        const must = missing.map((name) => `AWS query-string parameters must include '${name}'.`);
        return incomplete([...must, "Re-examine the query-string parameters."]);
    }
    const missing = headerParameters.filter((name) => !new RegExp(`(^|[\\s,])${name}=[^\\s,]`).test(authorization));
    const requires = missing.map((name) => `Authorization header requires '${name}' parameter.`);
    if (headers["x-amz-date"] === undefined && headers.date === undefined)
        requires.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");

    return incomplete([...requires, `Authorization=${authorization}`]);
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
