/**
 * What all parts of one scaler are named after, and the ledger, which is there before them.
 */
import * as dynamodb from "@pulumi/aws/dynamodb";
import * as pulumi from "@pulumi/pulumi";
import { ledgerTableName, scalerFunctionName } from "../capacity/names";
import { ledgerKey } from "../capacity/scaling/ledger";
import { mapInput, type Ready, whenReady } from "./inputs";

/** What all parts of one scaler are named after. */
export interface ScalerSubject<Args> {
    readonly name: string;
    readonly args: Args;
    readonly streamName: pulumi.Output<string>;
    readonly functionName: pulumi.Output<string>;
    /** For what follows from both, which a preview may not know yet where it knows the name. */
    readonly stream: pulumi.Output<{ readonly name: string; readonly arn: string }>;
    readonly child: pulumi.CustomResourceOptions & { parent: pulumi.Resource };
}

export function subjectOf<Args extends SubjectArgs>(
    name: string,
    args: Args,
    ready: Ready,
    child: ScalerSubject<Args>["child"],
): ScalerSubject<Args> {
    const streamName = pulumi.output(whenReady(ready, args.streamName));
    const stream = pulumi.output({ name: streamName, arn: whenReady(ready, args.streamArn) });
    return {
        name,
        args,
        streamName,
        functionName: streamName.apply(scalerFunctionName),
        stream,
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
