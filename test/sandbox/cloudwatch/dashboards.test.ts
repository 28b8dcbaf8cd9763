/** Dashboards are kept when their body is valid, and refused with every problem and its path when it is not. */
import { deepEqual, equal, rejects } from "node:assert/strict";
import {
    DeleteDashboardsCommand,
    GetDashboardCommand,
    ListDashboardsCommand,
    PutDashboardCommand,
} from "@aws-sdk/client-cloudwatch";

import { startCloud, startMs, type TestCloud } from "../cloud";

describe("CloudWatch keeps dashboards that are valid", () => {
    let cloud: TestCloud;
    before(async () => {
        cloud = await startCloud();
    });
    after(() => cloud.stop());

    const put = (body: unknown) =>
        cloud.cloudWatch.send(
            new PutDashboardCommand({
                DashboardName: "Kinesis-orders",
                DashboardBody: typeof body === "string" ? body : JSON.stringify(body),
            }),
        );
    const widget = (properties: unknown, type = "metric") => ({
        widgets: [{ type, x: 0, y: 0, width: 6, height: 6, properties }],
    });

    it("gives back what was put", async () => {
        const body = JSON.stringify(
            widget({
                region: "us-east-1",
                metrics: [["AWS/Kinesis", "IncomingBytes", "StreamName", "orders", { stat: "Sum" }]],
            }),
        );
        deepEqual((await put(body)).DashboardValidationMessages, []);
        const found = await cloud.cloudWatch.send(new GetDashboardCommand({ DashboardName: "Kinesis-orders" }));
        equal(found.DashboardBody, body);
        const listed = await cloud.cloudWatch.send(new ListDashboardsCommand({ DashboardNamePrefix: "Kinesis-" }));
        deepEqual(listed.DashboardEntries, [
            {
                DashboardName: "Kinesis-orders",
                DashboardArn: "arn:aws:cloudwatch::123456789012:dashboard/Kinesis-orders",
                LastModified: new Date(startMs),
                Size: body.length,
            },
        ]);
        await cloud.cloudWatch.send(new DeleteDashboardsCommand({ DashboardNames: ["Kinesis-orders"] }));
        await rejects(cloud.cloudWatch.send(new GetDashboardCommand({ DashboardName: "Kinesis-orders" })), {
            message: "Dashboard Kinesis-orders does not exist",
        });
    });

    const metric = (...metrics: unknown[]) => widget({ region: "us-east-1", metrics });
    const rows: [string, unknown, [string, string][]][] = [
        ["an expression and a metric", metric([{ expression: "m1 / 60", id: "e1" }], ["A", "B"]), []],
        ["an alarm widget", widget({ title: "x", alarms: ["arn"] }, "alarm"), []],
        ["no widgets", {}, [["", "Should have required property 'widgets'"]]],
        [
            "no region",
            widget({ metrics: [["A", "B"]] }),
            [["/widgets/0/properties", "Should have required property 'region'"]],
        ],
        [
            "a dimension without a value",
            metric(["A", "B", "StreamName"]),
            [
                [
                    "/widgets/0/properties/metrics/0",
                    "Should have a namespace, a metric name, and a name and a value for each dimension",
                ],
            ],
        ],
        [
            "a widget beyond the grid",
            { widgets: [{ type: "text", x: 20, y: 0, width: 6, height: 1, properties: { markdown: "x" } }] },
            [["/widgets/0", "Should fit the 24 columns of the grid: x 20 + width 6"]],
        ],
        [
            "an unknown type",
            widget({}, "chart"),
            [
                [
                    "/widgets/0/type",
                    "Should be equal to one of the allowed values: metric, text, log, alarm, custom, explorer",
                ],
            ],
        ],
    ];
    for (const [title, body, problems] of rows) {
        it(`${title}: ${problems.length === 0 ? "valid" : "refused"}`, async () => {
            if (problems.length === 0) {
                await put(body);
                return;
            }
            await rejects(put(body), {
                name: "DashboardInvalidInputError",
                message: `The dashboard body is invalid, there are ${problems.length} validation errors: ${JSON.stringify(
                    problems.map(([dataPath, message]) => ({ dataPath, message })),
                )}`,
                dashboardValidationMessages: problems.map(([DataPath, Message]) => ({ DataPath, Message })),
            });
        });
    }

    it("a deletion of none: refused", () =>
        rejects(cloud.cloudWatch.send(new DeleteDashboardsCommand({ DashboardNames: [] })), {
            name: "InvalidParameterValueException",
            message: "Need to specify at least 1 dashboard",
        }));
    it("a body that is no JSON: refused", () =>
        rejects(put("{"), { message: "The field DashboardBody must be a valid JSON object" }));
});
