/**
 * What every policy document is made of: statements, and the rights to use a key through one service only.
 */
import { isAwsManagedKey } from "../../capacity/identifiers";
import { arnBeside, isArn, parseArn } from "../../capacity/arns";

export interface Statement {
    readonly Sid?: string;
    readonly Effect: "Allow";
    readonly Principal?: Readonly<Record<string, string | readonly string[]>>;
    readonly Action: string | readonly string[];
    /** None in the policy that says who may take on a role. */
    readonly Resource?: string | readonly string[];
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
    const viaKinesis = viaService("kinesis", streamArn);
    const alias = aliasIn(kmsKeyId);
    // IAM knows no alias as a resource: the condition names it instead.
    if (alias !== undefined) {
        return [
            {
                Sid: sid,
                Effect: "Allow",
                Action: action,
                Resource: keyArn("*", streamArn),
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
            Resource: keyArn(kmsKeyId, streamArn),
            Condition: { StringEquals: viaKinesis },
        },
    ];
}

/** The alias by which a key is given, or by the alias's ARN; undefined where it is given by itself. */
export function aliasIn(kmsKeyId: string): string | undefined {
    return /(?:^|:)(alias\/.+)$/.exec(kmsKeyId)?.[1];
}

/** The ARN of a key that is given by its ID, in the region and account of another ARN, or by its ARN. */
export function keyArn(kmsKeyId: string, arn: string): string {
    return isArn(kmsKeyId) ? kmsKeyId : arnBeside(arn, "kms", `key/${kmsKeyId}`);
}

/** The condition that a key is only used through a service, in the region of the ARN. */
export function viaService(service: string, arn: string): Readonly<Record<string, string>> {
    const { partition, region } = parseArn(arn);
    return {
        "kms:ViaService": `${service}.${region}.${partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"}`,
    };
}
