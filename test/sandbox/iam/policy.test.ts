/** What policy documents allow and deny: actions, resources, conditions and principals. */
import { deepEqual, equal, throws } from "node:assert/strict";

import { evaluatePolicies, parsePolicy, type Verdict } from "../../../sandbox/iam/policy";
import { type AccessRequest } from "../../../sandbox/service";

const orders = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";

type Statement = Record<string, unknown>;

const verdict = (statements: Statement[], request: Partial<AccessRequest>): Verdict =>
    evaluatePolicies([parsePolicy(JSON.stringify({ Version: "2012-10-17", Statement: statements }))], {
        action: "kinesis:ListShards",
        resource: orders,
        ...request,
    });

const allow = (changes: Statement = {}): Statement => ({
    Effect: "Allow",
    Action: "kinesis:ListShards",
    Resource: orders,
    ...changes,
});

describe("a policy allows what it names", () => {
    const rows: [string, Statement[], Partial<AccessRequest>, Verdict][] = [
        ["the action on the resource", [allow()], {}, "allow"],
        ["nothing, where there is no statement", [], {}, "implicitDeny"],
        ["no other action", [allow()], { action: "kinesis:UpdateShardCount" }, "implicitDeny"],
        ["no other resource", [allow()], { resource: `${orders}-2` }, "implicitDeny"],
        ["actions in any spelling", [allow({ Action: "Kinesis:listshards" })], {}, "allow"],
        ["actions by a pattern", [allow({ Action: "kinesis:List*" })], {}, "allow"],
        ["no action of another service by a pattern", [allow({ Action: "kinesis:*" })], { action: "kinesisvideo:ListStreams" }, "implicitDeny"],
        ["one of several", [allow({ Action: ["kinesis:PutRecord", "kinesis:ListShards"] })], {}, "allow"],
        ["resources by a pattern", [allow({ Resource: "arn:aws:kinesis:*:*:stream/ord?rs" })], {}, "allow"],
        ["resources with their exact case", [allow({ Resource: orders.replace("orders", "Orders") })], {}, "implicitDeny"],
        ["no call without a resource, where it names one", [allow()], { resource: "*" }, "implicitDeny"],
        ["a call without a resource, where any will do", [allow({ Resource: "*" })], { resource: "*" }, "allow"],
        ["nothing that another statement denies", [allow(), allow({ Effect: "Deny", Resource: "*" })], {}, "explicitDeny"],
        ["everything but", [allow({ Action: undefined, NotAction: "kinesis:Update*" })], { action: "kinesis:PutRecord" }, "allow"],
        ["not what NotAction names", [allow({ Action: undefined, NotAction: "kinesis:List*" })], {}, "implicitDeny"],
        ["not what NotResource names", [allow({ Resource: undefined, NotResource: orders })], {}, "implicitDeny"],
    ]; // prettier-ignore
    for (const [title, statements, request, expected] of rows)
        it(title, () => equal(verdict(statements, request), expected));
});

describe("a condition must hold", () => {
    const context = {
        "cloudwatch:namespace": "ShardedStream",
        "dynamodb:LeadingKeys": ["orders#a", "orders#b"],
        "sqs:count": "10",
    };
    const rows: [object, Verdict][] = [
        [{ StringEquals: { "cloudwatch:namespace": "ShardedStream" } }, "allow"],
        [{ StringEquals: { "CloudWatch:Namespace": ["Other", "ShardedStream"] } }, "allow"],
        [{ StringEquals: { "cloudwatch:namespace": "Sharded*" } }, "implicitDeny"],
        [{ StringLike: { "cloudwatch:namespace": "Sharded*" } }, "allow"],
        [{ StringNotEquals: { "cloudwatch:namespace": "ShardedStream" } }, "implicitDeny"],
        [{ StringNotEquals: { "aws:nothing": "x" } }, "allow"],
        [{ NumericEquals: { "sqs:count": 10 } }, "allow"],
        [{ NumericNotEquals: { "sqs:count": "10.0" } }, "implicitDeny"],
        [{ NumericNotEquals: { "sqs:count": 11 } }, "allow"],
        [{ StringEquals: { "aws:nothing": "x" } }, "implicitDeny"],
        [{ StringEqualsIfExists: { "aws:nothing": "x" } }, "allow"],
        [{ Null: { "aws:nothing": "true" } }, "allow"],
        [{ Null: { "cloudwatch:namespace": "true" } }, "implicitDeny"],
        [{ "ForAllValues:StringLike": { "dynamodb:LeadingKeys": "orders#*" } }, "allow"],
        [{ "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": "orders#a" } }, "implicitDeny"],
        [{ "ForAnyValue:StringEquals": { "dynamodb:LeadingKeys": "orders#a" } }, "allow"],
        [{ StringLike: { "cloudwatch:namespace": "Sharded*" }, StringEquals: { "aws:nothing": "x" } }, "implicitDeny"],
    ];
    for (const [Condition, expected] of rows) {
        it(`${JSON.stringify(Condition)}: ${expected}`, () =>
            equal(verdict([allow({ Condition })], { context }), expected));
    }
});

describe("a resource policy admits a principal", () => {
    const alarms = { service: "cloudwatch.amazonaws.com" };
    const role = { arn: "arn:aws:iam::123456789012:role/a", accountId: "123456789012" };
    const rows: [unknown, AccessRequest["principal"], Verdict][] = [
        ["*", alarms, "allow"],
        [{ AWS: "*" }, alarms, "allow"],
        [{ Service: "cloudwatch.amazonaws.com" }, alarms, "allow"],
        [{ Service: ["s3.amazonaws.com", "cloudwatch.amazonaws.com"] }, alarms, "allow"],
        [{ Service: "s3.amazonaws.com" }, alarms, "implicitDeny"],
        [{ AWS: role.arn }, role, "allow"],
        [{ AWS: "arn:aws:iam::123456789012:root" }, role, "allow"],
        [{ AWS: "123456789012" }, role, "allow"],
        [{ AWS: "arn:aws:iam::999999999999:root" }, role, "implicitDeny"],
        [{ AWS: role.arn }, alarms, "implicitDeny"],
    ];
    for (const [Principal, principal, expected] of rows) {
        it(`${JSON.stringify(Principal)} and ${JSON.stringify(principal)}: ${expected}`, () =>
            equal(verdict([allow({ Principal })], { principal: principal! }), expected));
    }
});

describe("a malformed policy is refused", () => {
    const rows: [string, string][] = [
        ["{", "This policy contains invalid Json"],
        ["{}", "Syntax errors in policy: it has no Statement."],
        [`{"Statement":{"Effect":"Maybe"}}`, `The Effect of a statement must be Allow or Deny, not "Maybe".`],
        [`{"Statement":{"Effect":"Allow"}}`, "Policy statement must contain actions."],
        [
            `{"Statement":{"Effect":"Allow","Action":"ListShards"}}`,
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc. Not so: ListShards",
        ],
        [
            `{"Statement":{"Effect":"Allow","Action":"kinesis:*","Condition":{"DateLessThan":{}}}}`,
            "The sandbox knows no condition operator DateLessThan.",
        ],
    ];
    for (const [text, message] of rows)
        it(text, () => throws(() => parsePolicy(text), { name: "MalformedPolicyDocumentException", message }));

    it("a single statement is a list of one", () =>
        deepEqual(parsePolicy(`{"Statement":{"Effect":"Allow","Action":"kinesis:*"}}`).Statement, [
            { Effect: "Allow", Action: "kinesis:*" },
        ]));
});
