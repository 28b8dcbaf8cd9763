/** Each ready policy against the calls that its client makes: all are allowed, and there is nothing to spare. */
import { deepEqual, equal } from "node:assert/strict";
import {
    consumerPolicy,
    eventSourcePolicy,
    flinkPolicy,
    kclPolicy,
    producerPolicy,
} from "../../../components/grants/documents";
import { evaluatePolicies, parsePolicy } from "../../../sandbox/iam/policy";
import { type AccessRequest } from "../../../sandbox/service";
import * as clients from "./clients";

const { streamArn, keyArn: kmsKeyId } = clients;
const stream = { streamArn, kmsKeyId };
const application = { ...stream, applicationName: "shop-billing" };
const fanOutConsumer = "billing";
const registered = true;

const allows = (document: string, request: AccessRequest): boolean =>
    evaluatePolicies([parsePolicy(document)], request) === "allow";

/** Each action on each resource that a document names, as a document of its own. */
function parts(document: string): string[] {
    return parsePolicy(document).Statement.flatMap((statement) =>
        [statement.Action!]
            .flat()
            .flatMap((Action) =>
                [statement.Resource!]
                    .flat()
                    .map((Resource) => JSON.stringify({ Statement: { ...statement, Action, Resource } })),
            ),
    );
}

describe("a ready policy allows what its client calls, and nothing to spare", () => {
    const rows: [title: string, document: string, calls: readonly AccessRequest[], spare?: readonly string[]][] = [
        ["a producer", producerPolicy(stream), clients.producer],
        ["a reader of any make", consumerPolicy(stream), clients.consumerOfAnyMake],
        ["as a registered consumer", consumerPolicy({ ...stream, consumers: ["billing"] }), clients.consumerWithFanOut],
        ["a KCL application that polls", kclPolicy(application), clients.kclPolling],
        [
            "with a consumer that is there already",
            kclPolicy({ ...application, fanOutConsumer, registered }),
            clients.kclWithFanOut,
        ],
        [
            "with a consumer that it registers",
            kclPolicy({ ...application, fanOutConsumer }),
            [...clients.kclWithFanOut, ...clients.registers],
        ],
        ["an event source on the stream", eventSourcePolicy(stream), clients.eventSourceOnStream],
        ["on a consumer", eventSourcePolicy({ ...stream, fanOutConsumer }), clients.eventSourceOnConsumer],
        ["a Flink application that polls", flinkPolicy(stream), clients.flinkPolling],
        [
            "with a consumer that is there already",
            flinkPolicy({ ...stream, fanOutConsumer, registered }),
            clients.flinkWithFanOut,
        ],
        [
            "with a consumer that comes and goes with it",
            flinkPolicy({ ...stream, fanOutConsumer }),
            [...clients.flinkWithFanOut, ...clients.registers, ...clients.deregisters],
        ],
    ];
    for (const [title, document, calls] of rows) {
        it(title, () => {
            deepEqual(
                calls.filter((call) => !allows(document, call)),
                [],
            );
            const unused = parts(document).filter((part) => !calls.some((call) => allows(part, call)));
            // A consumer is named in two forms for whichever the caller gives; SubscribeToShard and the end of a consumer know one.
            const twoForms = /"Action":"kinesis:(SubscribeToShard|DeregisterStreamConsumer)".*\/consumer\/billing"/;
            deepEqual(
                unused.filter((part) => !twoForms.test(part)),
                [],
            );
        });
    }

    it("by no action, and but for CloudWatch on no resource, with a wildcard of its own", () => {
        for (const [title, document] of rows) {
            for (const { Action, Resource } of parsePolicy(document).Statement) {
                deepEqual([title, [Action!].flat().filter((action) => action.includes("*"))], [title, []]);
                const any = [Resource!].flat().filter((resource) => resource.includes("*"));
                const expected =
                    Action === "cloudwatch:PutMetricData"
                        ? ["*"]
                        : any.filter((one) => /\/consumer\/billing:\*$/.test(one));
                deepEqual([title, any], [title, expected]);
            }
        }
    });
});

describe("a registered consumer's policy", () => {
    // As a public denial of AWS shows them: by name the resource has no time.
    const rows: [action: string, resource: string, allowed: boolean][] = [
        ["DescribeStreamConsumer", `${streamArn}/consumer/billing`, true],
        ["DescribeStreamConsumer", `${streamArn}/consumer/billing:1763900000`, true],
        ["SubscribeToShard", `${streamArn}/consumer/billing:1763900000`, true],
        ["DescribeStreamConsumer", `${streamArn}/consumer/billing-other`, false],
        ["SubscribeToShard", `${streamArn}/consumer/billing-other:1763900000`, false],
        ["SubscribeToShard", `${streamArn}-2/consumer/billing:1763900000`, false],
    ];
    const document = consumerPolicy({ ...stream, consumers: ["billing"] });
    for (const [action, resource, allowed] of rows) {
        it(`${allowed ? "allows" : "does not allow"} ${action} on ${resource}`, () =>
            equal(allows(document, { action: `kinesis:${action}`, resource }), allowed));
    }
});

describe("a KCL application's policy", () => {
    const other = "210987654321";
    const mine = (document: string, action: string, resource: string, context = {}): boolean =>
        allows(document, { action, resource, context });

    it("is about tables of the application's account, where that is another", () => {
        const document = kclPolicy({ ...application, accountId: other });
        const table = (account: string): string => `arn:aws:dynamodb:eu-west-1:${account}:table/shop-billing`;
        deepEqual(
            [other, "123456789012"].map((account) => mine(document, "dynamodb:UpdateItem", table(account))),
            [true, false],
        );
        equal(mine(document, "kinesis:ListShards", streamArn), true);
    });

    it("publishes metrics in its own namespace alone", () => {
        const into = (namespace: string): boolean =>
            mine(kclPolicy(application), "cloudwatch:PutMetricData", "*", { "cloudwatch:namespace": namespace });
        deepEqual(["shop-billing", "AWS/Kinesis", "shop-billing-2"].map(into), [true, false, false]);
    });

    it("leaves the tables of another application alone whose name begins alike", () => {
        const table = "arn:aws:dynamodb:eu-west-1:123456789012:table/shop-billing-2";
        equal(mine(kclPolicy(application), "dynamodb:GetItem", table), false);
    });
});
