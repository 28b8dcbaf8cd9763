/**
 * What every policy document is made of: statements, and the rights to use a key through one service only.
 */
import { isAwsManagedKey } from "../../capacity/identifiers";
import { parseArn } from "../../capacity/arns";

export interface Statement {
    readonly Sid?: string;
    readonly Effect: "Allow";
    readonly Principal?: Readonly<Record<string, string | readonly string[]>>;
    readonly Action: string | readonly string[];
    readonly Resource: string | readonly string[];
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export function allow(action: Statement["Action"], resource: string): Statement {
    return { Effect: "Allow", Action: action, Resource: resource };
}

export function document(statements: readonly Statement[]): string {
    return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/** The right to use a customer managed key, only through Kinesis in the stream's region. */
export function keyStatements(sid: string, action: string, streamArn: string, kmsKeyId: string): Statement[] {
    if (isAwsManagedKey(kmsKeyId)) return [];
    const { partition, region, accountId } = parseArn(streamArn);
    const viaKinesis = viaService("kinesis", streamArn);
    const keyArn = (id: string) => `arn:${partition}:kms:${region}:${accountId}:key/${id}`;
    const alias = /(?:^|:)(alias\/.+)$/.exec(kmsKeyId)?.[1];
    // IAM knows no alias as a resource: the condition names it instead.
    if (alias !== undefined) {
        return [
            {
                Sid: sid,
                Effect: "Allow",
                Action: action,
                Resource: keyArn("*"),
                Condition: {
                    "ForAnyValue:StringEquals": { "kms:ResourceAliases": alias },
                    StringEquals: viaKinesis,
                },
            },
        ];
    }
    return [
        {
            Sid: sid,
            Effect: "Allow",
            Action: action,
            Resource: kmsKeyId.startsWith("arn:") ? kmsKeyId : keyArn(kmsKeyId),
            Condition: { StringEquals: viaKinesis },
        },
    ];
}

/** The condition that a key is only used through a service, in the region of the ARN. */
export function viaService(service: string, arn: string): Readonly<Record<string, string>> {
    const { partition, region } = parseArn(arn);
    return {
        "kms:ViaService": `${service}.${region}.${partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"}`,
    };
}
