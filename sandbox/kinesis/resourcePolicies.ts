/**
 * The policies of streams and consumers themselves, by which other accounts may use them.
 */
import { parsePolicy } from "../iam/policy";
import { AwsError } from "../service";
import { operationOn } from "../wire/operation";
import { required, text } from "../wire/shape";
import { invalidArgument, notFound } from "./errors";
import { resourceArn } from "./shapes";
import { type Account, activeStreamOf, type Consumer, type Stream, streamOf } from "./state";

/** What carries tags and a policy: a stream, or a consumer of one. */
export function resourceNamed(account: Account, arn: string): Stream | Consumer {
    const [streamArn = "", consumerPart] = arn.split("/consumer/");
    const stream = streamOf(account, { StreamARN: streamArn });
    if (consumerPart === undefined) return stream;
    const consumer = [...stream.consumers.values()].find((candidate) => candidate.arn === arn);
    if (!consumer) throw notFound(`Resource ${arn} not found.`);
    return consumer;
}

export const onResource = operationOn(
    { ResourceARN: required(resourceArn) },
    (account: Account, { ResourceARN: arn }): Stream | Consumer => resourceNamed(account, arn),
);

export const putResourcePolicy = onResource({ Policy: required(text()) }, (resource, { Policy: policy }, account) => {
    if ("shards" in resource) activeStreamOf(account, { StreamARN: resource.arn });
    checkPolicy(resource.arn, policy);
    resource.policy = policy;
});

export const getResourcePolicy = onResource({}, (resource) => ({ Policy: policyOf(resource) }));

export const deleteResourcePolicy = onResource({}, (resource) => {
    policyOf(resource);
    resource.policy = undefined;
});

/** The policy of what an ARN names; undefined where there is none, or nothing. */
export function policyOfArn(account: Account, arn: string): string | undefined {
    try {
        return resourceNamed(account, arn).policy;
    } catch (error) {
        if (error instanceof AwsError) return undefined;
        throw error;
    }
}

function policyOf(resource: Stream | Consumer): string {
    if (resource.policy === undefined) throw notFound(`No resource policy found for resource ARN ${resource.arn}.`);
    return resource.policy;
}

/** A statement of it says who may do what, of what this resource alone is. */
function checkPolicy(arn: string, policy: string): void {
    let statements: ReturnType<typeof parsePolicy>["Statement"];
    try {
        statements = parsePolicy(policy).Statement;
    } catch (error) {
        throw invalidArgument(`The resource policy is malformed: ${(error as Error).message}`);
    }
    for (const { Principal, NotPrincipal, Resource } of statements) {
        if (Principal === undefined && NotPrincipal === undefined)
            throw invalidArgument("The resource policy is malformed: a statement has no Principal.");
        if ([Resource].flat().some((named) => named !== arn))
            throw invalidArgument(`The resource policy is malformed: its Resource must be ${arn}.`);
    }
}
