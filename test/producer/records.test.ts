/** How a value becomes a record, and what is said about one that Kinesis would never take. */
import assert from "node:assert/strict";
import { prepareRecord, type RecordOptions } from "../../producer/records";

describe("a value becomes a record", () => {
    interface Row {
        readonly title: string;
        readonly value: unknown;
        readonly options?: RecordOptions<never>;
        readonly data: string;
        readonly key: string;
        readonly bytes: number;
        readonly hash: string;
    }
    const hashOfA = "0cc175b9c0f1b6a831c399e269772661";
    const rows: readonly Row[] = [
        {
            title: "an object is sent as JSON",
            value: { id: "a" },
            options: { key: "id" },
            data: '{"id":"a"}',
            key: "a",
            bytes: 11,
            hash: hashOfA,
        },
        {
            title: "a string is sent as UTF-8",
            value: "ü",
            options: { key: () => "a" },
            data: "ü",
            key: "a",
            bytes: 3,
            hash: hashOfA,
        },
        {
            title: "bytes are sent as they are",
            value: Buffer.from("xy"),
            options: { key: () => "a" },
            data: "xy",
            key: "a",
            bytes: 3,
            hash: hashOfA,
        },
        {
            title: "a key may be a path",
            value: { user: { id: "a" } },
            options: { key: "user.id", data: () => "" },
            data: "",
            key: "a",
            bytes: 1,
            hash: hashOfA,
        },
        {
            title: "a field of that very name goes before a path",
            value: { "user.id": "a", user: { id: "b" } },
            options: { key: "user.id", data: () => "" },
            data: "",
            key: "a",
            bytes: 1,
            hash: hashOfA,
        },
        {
            title: "a number is a key",
            value: { id: 7 },
            options: { key: "id", data: () => "" },
            data: "",
            key: "7",
            bytes: 1,
            hash: "8f14e45fceea167a5a36dedd4bea2543",
        },
        {
            title: "an explicit hash key decides the place on the ring",
            value: { id: "a", at: "255" },
            options: { key: "id", explicitHashKey: "at", data: () => "" },
            data: "",
            key: "a",
            bytes: 1,
            hash: "000000000000000000000000000000ff",
        },
        {
            title: "an absent explicit hash key leaves it to the key",
            value: { id: "a" },
            options: { key: "id", explicitHashKey: "at", data: () => "" },
            data: "",
            key: "a",
            bytes: 1,
            hash: hashOfA,
        },
    ];
    for (const { title, value, options = {}, data, key, bytes, hash } of rows) {
        it(title, () => {
            const record = prepareRecord(value, 1, options as RecordOptions<unknown>);
            assert.ok("entry" in record, JSON.stringify(record));
            assert.deepEqual(
                {
                    data: Buffer.from(record.entry.Data).toString(),
                    key: record.entry.PartitionKey,
                    bytes: record.bytes,
                    hash: record.hash,
                },
                { data, key, bytes, hash },
            );
        });
    }

    it("without a key each record gets a random one", () => {
        const keys = [1, 2].map(() => {
            const record = prepareRecord("x", 1, {});
            assert.ok("entry" in record);
            return record.entry.PartitionKey;
        });
        assert.notEqual(keys[0], keys[1]);
        assert.match(keys[0]!, /^[0-9a-f-]{36}$/);
    });
});

describe("a value that Kinesis would never take is named with its place, its size and the fix", () => {
    const circular: Record<string, unknown> = { id: "a" };
    circular.self = circular;
    const rows: readonly (readonly [title: string, value: unknown, options: RecordOptions<never>, message: string])[] =
        [
            [
                "one byte too many, key included",
                "x".repeat(1_048_576),
                { key: () => "k" },
                'record 1,234 (key "k"): 1,048,577 bytes, key included, exceed the 1,048,576 that the stream accepts. Raise the stream\'s maximum record size (at most 10,240 KiB) and maxRecordKiB with it, store the payload in S3 and write its key, or split the record.',
            ],
            [
                "more than any stream takes",
                "x".repeat(10_485_760),
                { key: () => "k", maxRecordKiB: 10_240 },
                'record 1,234 (key "k"): 10,485,761 bytes, key included, exceed the 10,485,760 that the stream accepts. Store the payload in S3 and write its key, or split the record.',
            ],
            [
                "no such field",
                { id: "a" },
                { key: "user" },
                'record 1,234: the field "user" gives nothing as partition key; give each record a text or a number there.',
            ],
            [
                "an object as key",
                { user: {} },
                { key: "user" },
                'record 1,234: the field "user" gives an object as partition key; give each record a text or a number there.',
            ],
            [
                "an empty key",
                { user: "" },
                { key: "user" },
                'record 1,234: the field "user" gives an empty partition key; Kinesis takes 1 to 256 characters.',
            ],
            [
                "a key of 257 characters",
                "x",
                { key: () => "k".repeat(257) },
                "record 1,234: the key function gives a partition key of 257 characters; Kinesis takes at most 256. Use a hash of it as the key.",
            ],
            [
                "a field of a text",
                "x",
                { key: "user" },
                'record 1,234: a string has no field "user" for the partition key; send objects, or give the key as a function.',
            ],
            [
                "a key function that throws",
                "x",
                {
                    key: () => {
                        throw new Error("boom");
                    },
                },
                "record 1,234: boom",
            ],
            [
                "a circle",
                circular,
                { key: "id" },
                'record 1,234 (key "a") cannot be written as JSON: Converting circular structure to JSON',
            ],
            [
                "undefined",
                undefined,
                { key: () => "a" },
                'record 1,234 (key "a") is undefined; send an object, a string or bytes.',
            ],
            [
                "a hash key beyond the ring",
                { id: "a", at: "340282366920938463463374607431768211456" },
                { key: "id", explicitHashKey: "at" },
                'record 1,234 (key "a") has the explicit hash key "340282366920938463463374607431768211456"; it must be a whole number from 0 to 340282366920938463463374607431768211455, written in decimal.',
            ],
            [
                "a hash key in hexadecimal",
                { id: "a", at: "0xff" },
                { key: "id", explicitHashKey: "at" },
                'record 1,234 (key "a") has the explicit hash key "0xff"; it must be a whole number from 0 to 340282366920938463463374607431768211455, written in decimal.',
            ],
        ];
    for (const [title, value, options, message] of rows) {
        it(title, () => {
            const unfit = prepareRecord(value, 1_234, options as RecordOptions<unknown>);
            assert.ok("message" in unfit);
            assert.equal(unfit.message, message);
        });
    }

    it("256 characters beyond the basic plane are 256 characters", () => {
        assert.ok("entry" in prepareRecord("x", 1, { key: () => "😀".repeat(256) }));
    });

    it("exactly the stream's maximum passes", () => {
        assert.ok("entry" in prepareRecord("x".repeat(1_048_575), 1, { key: () => "k" }));
    });
});
