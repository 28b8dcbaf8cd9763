/** Where a stream's ledger is: "may not look" and "is not there" are two answers, and the first one ends every act. */
import assert from "node:assert/strict";
import { type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type KinesisClient } from "@aws-sdk/client-kinesis";
import { ledgerTableTag } from "../../capacity/scaling/ledger";
import { refused } from "../../cli/awsErrors";
import { kinesisStream } from "../../stream/kinesis";
import { findLedger } from "../../stream/ledger";
import { type StreamSummary } from "../../stream/ports";
import { awsError } from "../scaler/world";

const summary: StreamSummary = {
    streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
    createdMs: 0,
    status: "ACTIVE",
    capacityMode: "provisioned",
    openShards: 4,
    nowMs: 0,
};
const pace = { random: () => 0, sleep: () => Promise.resolve() };

/** A client whose every answer is this one. */
const client = <Client>(answer: () => unknown): Client =>
    ({ send: () => Promise.resolve().then(answer) }) as unknown as Client;
const throwing = (name: string, message: string) => () => {
    throw awsError(name, message);
};
const tagged = () => ({ Tags: [{ Key: ledgerTableTag, Value: "shared" }] });
const untagged = () => ({ Tags: [] });
const there = () => ({});
const gone = throwing("ResourceNotFoundException", "Requested resource not found.");

async function found(tags: () => unknown, table: () => unknown): Promise<string | undefined> {
    const stream = kinesisStream(client<KinesisClient>(tags), { StreamName: "orders" });
    return (await findLedger(stream, "orders", summary, client<DynamoDBClient>(table), pace))?.table;
}

describe("the ledger of a stream", () => {
    const rows = [
        ["in the table that the tag names", tagged, there, "shared"],
        ["in the one that is named after the stream", untagged, there, "orders-scaler-ledger"],
        ["nowhere: no tag, and no such table", untagged, gone, undefined],
    ] as const;
    for (const [title, tags, table, expected] of rows)
        it(`is ${title}`, async () => assert.equal(await found(tags, table), expected));

    const withoutLedger = "--without-ledger acts without it, beside whoever else scales the stream.";
    const denied = (action: string) => throwing("AccessDeniedException", `not authorized to perform: ${action}`);
    const failures = [
        [
            "the tags are denied: a shared ledger would be missed",
            denied("kinesis:ListTagsForStream"),
            there,
            `ledger of orders: AccessDeniedException: not authorized to perform: kinesis:ListTagsForStream. Ask for kinesis:ListTagsForStream on the stream, or use another AWS_PROFILE. ${withoutLedger}`,
        ],
        [
            "the tagged table is denied",
            tagged,
            denied("dynamodb:GetItem"),
            `ledger shared: AccessDeniedException: not authorized to perform: dynamodb:GetItem. Ask for dynamodb:GetItem on the table, or use another AWS_PROFILE. ${withoutLedger}`,
        ],
        [
            "the stream's own table is denied",
            untagged,
            denied("dynamodb:GetItem"),
            `ledger orders-scaler-ledger: AccessDeniedException: not authorized to perform: dynamodb:GetItem. Ask for dynamodb:GetItem on the table, or use another AWS_PROFILE. ${withoutLedger}`,
        ],
        [
            "the tag names a table that is not there",
            tagged,
            gone,
            `ledger shared: ResourceNotFoundException: Requested resource not found. Deploy the scaler again. Where it is gone for good, take the tag sharded-stream:ledger-table off the stream. ${withoutLedger}`,
        ],
        [
            "the tag names a table that is no ledger",
            tagged,
            throwing("ValidationException", "The provided key element does not match the schema"),
            `ledger shared: ValidationException: The provided key element does not match the schema. No scaler has made this table: correct the tag sharded-stream:ledger-table of the stream, or take it off. ${withoutLedger}`,
        ],
        [
            "the tags do not answer",
            throwing("TimeoutError", "no answer"),
            there,
            `ledger of orders: TimeoutError: no answer. Nothing answers in time. Check the network, and AWS_ENDPOINT_URL if it is set. ${withoutLedger}`,
        ],
    ] as const;
    for (const [title, tags, table, message] of failures) {
        it(`cannot be told where ${title}`, async () => {
            await assert.rejects(found(tags, table), (error) => {
                assert.equal((refused(error, "stream orders") as Error).message, message);
                return true;
            });
        });
    }

    it("is not looked for at a stream that is gone", () =>
        assert.rejects(found(throwing("ResourceNotFoundException", "Stream orders not found."), there), {
            name: "ResourceNotFoundException",
        }));

    it("is found on the last of several pages of tags", async () => {
        const asked: unknown[] = [];
        const pages = {
            send: ({ input }: { readonly input: { ExclusiveStartTagKey?: string } }) => {
                asked.push(input.ExclusiveStartTagKey);
                return Promise.resolve(
                    asked.length < 3 ? { Tags: [{ Key: `tag-${asked.length}` }], HasMoreTags: true } : tagged(),
                );
            },
        };
        const stream = kinesisStream(pages as unknown as KinesisClient, { StreamName: "orders" });
        assert.equal(await stream.tag(ledgerTableTag), "shared");
        assert.deepEqual(asked, [undefined, "tag-1", "tag-2"]);
    });
});
