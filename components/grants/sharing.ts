/**
 * Readers and writers of other accounts: what the stream, its registered consumers and its key say about them. Each of them needs an
 * identity policy of its own account as well: both must allow a call.
 *
 * Source: https://docs.aws.amazon.com/streams/latest/dev/resource-based-policy-examples.html, read 2026-11.
 */
import * as kinesis from "@pulumi/aws/kinesis";
import * as pulumi from "@pulumi/pulumi";
import { parseArn } from "../../capacity/arns";
import { reading, subscribingToShards, writing } from "./documents";
import { document, type Statement, viaService } from "./statements";

/** Somebody of another account who reads the stream. */
export interface SharedReaderArgs {
    /** ID of the account, twelve digits, which then decides who of it may; or the ARN of one of its roles or users, which must be there already. Required. */
    principal: pulumi.Input<string>;
    /** Name of the registered consumer, one of `consumers`, as which it may subscribe. Default: none, it reads by GetRecords alone. */
    consumer?: string | undefined;
}

/** Who of other accounts uses a stream. */
export interface Sharing {
    readonly readers?: readonly SharedReader[] | undefined;
    /** IDs of accounts, ARNs of roles and users. */
    readonly writers?: readonly string[] | undefined;
}

export type SharedReader = pulumi.Unwrap<SharedReaderArgs>;

/** The same, as a program declares it. */
export interface SharingArgs {
    readonly readers?: readonly SharedReaderArgs[] | undefined;
    readonly writers?: readonly pulumi.Input<string>[] | undefined;
}

/** Declares the policies of the stream and of those of its consumers that somebody of another account reads as. */
export function shareStream(
    name: string,
    { readers = [], writers = [] }: SharingArgs,
    streamArn: pulumi.Output<string>,
    consumers: Readonly<Record<string, kinesis.StreamConsumer>>,
    opts: pulumi.CustomResourceOptions,
): void {
    if (readers.length + writers.length === 0) return;
    const policy = pulumi.output({ streamArn, readers, writers }).apply(streamPolicy);
    new kinesis.ResourcePolicy(name, { resourceArn: streamArn, policy }, opts);
    for (const [called, consumer] of Object.entries(consumers)) {
        const own = readers.filter((reader) => reader.consumer === called);
        if (own.length === 0) continue;
        const document = pulumi.output({ arn: consumer.arn, readers: own }).apply(registeredPolicy);
        // Below the consumer: beside the stream's, that of stream `orders-billing` would have the same name.
        const below = { ...opts, parent: consumer };
        new kinesis.ResourcePolicy(`${name}-${called}`, { resourceArn: consumer.arn, policy: document }, below);
    }
}

/** The policy of the stream itself. */
export function streamPolicy({
    streamArn,
    readers = [],
    writers = [],
}: Sharing & { readonly streamArn: string }): string {
    const principals = readers.map(({ principal }) => principal);
    return document([
        ...admitted("ReadRecords", reading, principals, streamArn),
        ...admitted("WriteRecords", writing, writers, streamArn),
    ]);
}

/** The policy of a registered consumer. */
function registeredPolicy({
    arn,
    readers,
}: {
    readonly arn: string;
    readonly readers: readonly SharedReader[];
}): string {
    const principals = readers.map(({ principal }) => principal);
    return document(admitted("SubscribeToShards", subscribingToShards, principals, arn));
}

/**
 * The policy of the customer managed key of a shared stream: its own account decides about it by IAM, as by default, and the readers and
 * writers of other accounts may use it through Kinesis in the stream's region.
 */
export function sharedKeyPolicy({
    streamArn,
    readers = [],
    writers = [],
}: Sharing & { readonly streamArn: string }): string {
    const { accountId } = parseArn(streamArn);
    const condition = { Condition: { StringEquals: viaService("kinesis", streamArn) } };
    const principals = readers.map(({ principal }) => principal);
    return document([
        ...admitted("OwnAccount", "kms:*", [accountId], streamArn, "*"),
        ...[
            ...admitted("DecryptRecords", "kms:Decrypt", principals, streamArn, "*"),
            ...admitted("EncryptRecords", "kms:GenerateDataKey", writers, streamArn, "*"),
        ].map((statement) => ({ ...statement, ...condition })),
    ]);
}

/** A statement about those of other accounts, if there are any. AWS reads an account's ID as its root, and would tell it so. */
function admitted(
    Sid: string,
    Action: Statement["Action"],
    principals: readonly string[],
    arn: string,
    Resource = arn,
): Statement[] {
    const { partition } = parseArn(arn);
    const named = principals.map((principal) =>
        principal.startsWith("arn:") ? principal : `arn:${partition}:iam::${principal}:root`,
    );
    const AWS = [...new Set(named)].sort();
    return AWS.length === 0 ? [] : [{ Sid, Effect: "Allow", Principal: { AWS }, Action, Resource }];
}
