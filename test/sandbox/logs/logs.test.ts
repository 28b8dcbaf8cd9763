/** Log groups and streams as CloudWatch Logs lists them: in order, and page by page. */
import { deepEqual, equal, rejects } from "node:assert/strict";

import { startCloud, startMs, type TestCloud } from "../cloud";

describe("CloudWatch Logs", () => {
    let cloud: TestCloud;
    beforeEach(async () => {
        cloud = await startCloud();
    });
    afterEach(() => cloud.stop());

    const call = async (operation: string, input: object) =>
        (await cloud.cloud.logs.operations[operation]!(input, {} as never)) as Record<string, unknown>;
    const group = { logGroupName: "orders" };
    const names = async (input: object = {}) => {
        const { logStreams } = await call("DescribeLogStreams", { ...group, ...input });
        return (logStreams as { logStreamName: string }[]).map(({ logStreamName }) => logStreamName);
    };
    /** Streams b, a and c, of which a was written to last, and c never. */
    const write = async () => {
        await call("CreateLogGroup", group);
        for (const [logStreamName, second] of [
            ["b", 1],
            ["a", 2],
            ["c", undefined],
        ] as const) {
            await call("CreateLogStream", { ...group, logStreamName });
            const logEvents = [{ timestamp: startMs + (second ?? 0) * 1_000, message: "m" }];
            if (second !== undefined) await call("PutLogEvents", { ...group, logStreamName, logEvents });
        }
    };

    it("lists the streams of a group by name, or by their last event", async () => {
        await write();
        deepEqual(
            [
                await names(),
                await names({ descending: true }),
                await names({ orderBy: "LastEventTime" }),
                await names({ orderBy: "LastEventTime", descending: true, limit: 1 }),
                await names({ logStreamNamePrefix: "b" }),
            ],
            [["a", "b", "c"], ["c", "b", "a"], ["c", "b", "a"], ["a"], ["b"]],
        );
        await rejects(names({ orderBy: "LastEventTime", logStreamNamePrefix: "b" }), {
            name: "InvalidParameterException",
            message: "Cannot order by LastEventTime with a logStreamNamePrefix.",
        });
    });

    it("lists 50 groups a page, or fewer where it is told so", async () => {
        for (let index = 0; index < 51; index++)
            await call("CreateLogGroup", { logGroupName: `group-${String(index).padStart(2, "0")}` });
        const page = async (input: object = {}) => {
            const { logGroups, nextToken } = await call("DescribeLogGroups", input);
            const found = (logGroups as { logGroupName: string }[]).map(({ logGroupName }) => logGroupName);
            return { found, nextToken };
        };
        const first = await page();
        deepEqual([first.found.length, first.found[0], first.found.at(-1)], [50, "group-00", "group-49"]);
        deepEqual(await page({ nextToken: first.nextToken }), { found: ["group-50"], nextToken: undefined });
        equal((await page({ limit: 2 })).found.length, 2);
    });

    it("refuses a token that it did not give", async () => {
        await write();
        const refusal = { name: "InvalidParameterException", message: "The specified nextToken is invalid." };
        await rejects(names({ nextToken: "x" }), refusal);
        await rejects(call("DescribeLogGroups", { nextToken: "x" }), refusal);
        await rejects(call("GetLogEvents", { ...group, logStreamName: "a", nextToken: "f/x" }), refusal);
        await rejects(call("FilterLogEvents", { ...group, nextToken: "x" }), refusal);
    });
});
