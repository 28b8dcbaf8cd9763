/**
 * What all parts of one scaler are named after, and the ledger, which is there before them.
 */
import * as dynamodb from "@pulumi/aws/dynamodb";
import * as pulumi from "@pulumi/pulumi";
import { ledgerTableName, scalerFunctionName } from "../capacity/names";
import { ledgerKey } from "../capacity/scaling/ledger";
import { parseArn } from "./arns";
import { mapInput, type Ready, whenReady } from "./inputs";

/** What all parts of one scaler are named after. */
export interface ScalerSubject<Args> {
    readonly name: string;
    readonly args: Args;
    readonly streamName: pulumi.Output<string>;
    readonly functionName: pulumi.Output<string>;
    readonly region: pulumi.Output<string>;
    readonly accountId: pulumi.Output<string>;
    /** The ARN of something in the stream's own partition, region and account. */
    readonly arnOf: (service: string, resource: pulumi.Input<string>) => pulumi.Output<string>;
    readonly child: pulumi.CustomResourceOptions & { parent: pulumi.Resource };
}

export function subjectOf<Args extends SubjectArgs>(
    name: string,
    args: Args,
    ready: Ready,
    child: ScalerSubject<Args>["child"],
): ScalerSubject<Args> {
    const streamName = pulumi.output(whenReady(ready, args.streamName));
    const arn = pulumi.output(whenReady(ready, args.streamArn)).apply(parseArn);
    return {
        name,
        args,
        streamName,
        functionName: streamName.apply(scalerFunctionName),
        region: arn.region,
        accountId: arn.accountId,
        arnOf: (service, resource) =>
            pulumi.interpolate`arn:${arn.partition}:${service}:${arn.region}:${arn.accountId}:${resource}`,
        child,
    };
}

interface SubjectArgs {
    readonly streamName: pulumi.Input<string>;
    readonly streamArn: pulumi.Input<string>;
    readonly kmsKeyArn?: pulumi.Input<string | undefined>;
    readonly tags?: dynamodb.TableArgs["tags"];
}

/** The ledger: lease, budget and history of one stream. */
export function newLedgerTable({ name, args, streamName, child }: ScalerSubject<SubjectArgs>): dynamodb.Table {
    return new dynamodb.Table(
        `${name}-ledger`,
        {
            name: streamName.apply(ledgerTableName),
            billingMode: "PAY_PER_REQUEST",
            hashKey: ledgerKey.partition,
            rangeKey: ledgerKey.sort,
            attributes: [
                { name: ledgerKey.partition, type: "S" },
                { name: ledgerKey.sort, type: "S" },
            ],
            ttl: { enabled: true, attributeName: ledgerKey.expiry },
            serverSideEncryption: mapInput(args.kmsKeyArn, (kmsKeyArn) =>
                kmsKeyArn === undefined ? undefined : { enabled: true, kmsKeyArn },
            ),
            tags: args.tags,
        },
        child,
    );
}
