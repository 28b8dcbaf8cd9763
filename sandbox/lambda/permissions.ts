/**
 * Resource policies of functions: who else may invoke them.
 */
import { conflict, notFound } from "../eventsources/errors";
import { evaluatePolicies } from "../iam/policy";
import { type ActingService, type Ambient, arnOf, refusalNamed } from "../service";
import { required, text } from "../wire/shape";
import { type Account, type LambdaFunction, onFunction, type Statement } from "./state";

export const addPermission = onFunction(
    {
        StatementId: required(text(1, 100, "([a-zA-Z0-9-_]+)")),
        Action: required(text(1, 256, "(lambda:[*]|lambda:[a-zA-Z]+|[*])")),
        Principal: required(text(1, 256)),
        SourceArn: text(),
        SourceAccount: text(12, 12, "\\d+"),
        RevisionId: text(),
    },
    ({ arn, policy }, input, account) => {
        const { StatementId: id, SourceAccount, SourceArn } = input;
        if (policy.has(id)) {
            throw conflict(
                `The statement id (${id}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
            );
        }
        const condition = {
            ...(SourceAccount !== undefined && { StringEquals: { "AWS:SourceAccount": SourceAccount } }),
            ...(SourceArn !== undefined && { ArnLike: { "AWS:SourceArn": SourceArn } }),
        };
        const statement: Statement = {
            Sid: id,
            Effect: "Allow",
            Principal: principalOf(input.Principal, account.ambient),
            Action: input.Action,
            Resource: arn,
            ...(Object.keys(condition).length > 0 && { Condition: condition }),
        };
        policy.set(id, statement);
        return { Statement: JSON.stringify(statement) };
    },
);

export const removePermission = onFunction({ StatementId: required(text()) }, ({ policy }, { StatementId }) => {
    if (!policy.delete(StatementId)) throw notFound(`Statement ${StatementId} is not found in resource policy.`);
});

export const getPolicy = onFunction({}, ({ policy, revision }) => {
    if (policy.size === 0) throw notFound("The resource you requested does not exist.");
    const document = { Version: "2012-10-17", Id: "default", Statement: [...policy.values()] };
    return { Policy: JSON.stringify(document), RevisionId: revision };
});

/** @throws AwsError if the function's policy does not admit the service */
export function checkAdmitted({ ambient }: Account, fn: LambdaFunction, source: ActingService): void {
    const verdict = evaluatePolicies([{ Statement: [...fn.policy.values()] }], {
        action: "lambda:InvokeFunction",
        resource: fn.arn,
        principal: { service: source.service },
        context: { "aws:SourceArn": source.sourceArn, "aws:SourceAccount": ambient.accountId },
    });
    if (verdict === "allow") return;
    throw denied(
        `${source.title} is not authorized to perform: lambda:InvokeFunction on the resource: ${fn.arn} because no resource-based policy allows the lambda:InvokeFunction action`,
    );
}

const denied = refusalNamed("AccessDeniedException", 403);

function principalOf(principal: string, ambient: Ambient): NonNullable<Statement["Principal"]> {
    if (principal === "*") return "*";
    if (/^\d{12}$/.test(principal)) return { AWS: arnOf({ ...ambient, accountId: principal }, "iam", "root") };
    return principal.startsWith("arn:") ? { AWS: principal } : { Service: principal };
}
