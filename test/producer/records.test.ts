/** How a value becomes a record, and what is said about one that Kinesis would never take. */
import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import { prepareRecord, type RecordOptions } from "../../producer/records";

/** "xy", in whatever holds bytes. */
function bytesOfManyKinds(): readonly (readonly [kind: string, value: unknown])[] {
    const { buffer } = Uint8Array.from([0x78, 0x79]);
    const shared = new SharedArrayBuffer(2);
    new Uint8Array(shared).set([0x78, 0x79]);
    const longer = Uint8Array.from([0x2d, 0x78, 0x79, 0x2d]).buffer;
    return [
        ["an ArrayBuffer", buffer],
        ["a SharedArrayBuffer", shared],
        ["a DataView of a part", new DataView(longer, 1, 2)],
        ["a Uint16Array", new Uint16Array(buffer)],
        ["another realm", runInNewContext("Uint8Array.from([0x78, 0x79])")],
    ];
}

class Order {
    readonly #secret = "not for JSON";
    constructor(readonly id: string) {}

    get length(): number {
        return this.#secret.length;
    }
}

/** {"id":"a"}, as whatever has fields or writes itself. */
function objectsOfManyKinds(): readonly (readonly [kind: string, value: unknown])[] {
    return [
        ["an object of a class", new Order("a")],
        ["an object that names itself", Object.assign(new Order("a"), { [Symbol.toStringTag]: "Map" })],
        ["an object without a prototype", Object.assign(Object.create(null) as object, { id: "a" })],
        ["an object of another realm", runInNewContext('({ id: "a" })')],
        ["an object that writes itself", { toJSON: () => ({ id: "a" }) }],
        ["a map that writes itself", Object.assign(new Map(), { toJSON: () => ({ id: "a" }) })],
    ];
}

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
        ...bytesOfManyKinds().map(([kind, value]) => ({
            title: `and so are those of ${kind}`,
            value,
            options: { key: () => "a" },
            data: "xy",
            key: "a",
            bytes: 3,
            hash: hashOfA,
        })),
        ...objectsOfManyKinds().map(([kind, value]) => ({
            title: `${kind} is sent as JSON`,
            value,
            options: { key: () => "a" },
            data: '{"id":"a"}',
            key: "a",
            bytes: 11,
            hash: hashOfA,
        })),
        {
            title: "an object without a field is sent as JSON",
            value: Object.create(null),
            options: { key: () => "a" },
            data: "{}",
            key: "a",
            bytes: 3,
            hash: hashOfA,
        },
        {
            title: "so is one of a class whose fields are all undefined",
            value: Object.assign(new Order(""), { id: undefined }),
            options: { key: () => "a" },
            data: "{}",
            key: "a",
            bytes: 3,
            hash: hashOfA,
        },
        {
            title: "and null",
            value: null,
            options: { key: () => "a" },
            data: "null",
            key: "a",
            bytes: 5,
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

/** What would be delivered without what it holds. */
function lostInJson(): readonly (readonly [kind: string, value: unknown, called: string])[] {
    const notFound = Object.assign(new TypeError("boom"), { code: "ENOENT" });
    return [
        ["a map", new Map([["id", "a"]]), "a Map, which JSON writes as {}"],
        ["a set", new Set(["a"]), "a Set, which JSON writes as {}"],
        ["a map with a field", Object.assign(new Map(), { n: 1 }), 'a Map, which JSON writes as {"n":1}'],
        ["an error", new Error("boom"), "an Error, which JSON writes as {}"],
        ["an error with a code", notFound, 'a TypeError, which JSON writes as {"code":"ENOENT"}'],
        ["a blob", new Blob(["abc"]), "a Blob, which JSON writes as {}"],
        ["a pattern", /a/, "a RegExp, which JSON writes as {}"],
        ["a map of another realm", runInNewContext("new Map()"), "a Map, which JSON writes as {}"],
        ["an object that inherits its fields", Object.create({ id: "a" }), "an Object, which JSON writes as {}"],
        [
            "an object with private fields alone",
            new (class Secret extends Hidden {})(),
            "a Secret, which JSON writes as {}",
        ],
        ["no number", NaN, "NaN, which JSON writes as null"],
        ["a number without end", -Infinity, "-Infinity, which JSON writes as null"],
        ["no date", new Date(NaN), "a Date, which JSON writes as null"],
        ["a function", () => "a", "a function"],
        ["a symbol", Symbol("a"), "a symbol"],
    ];
}

class Hidden {
    readonly #id = "a";

    get id(): string {
        return this.#id;
    }
}

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
                "a key that was cut inside a character",
                { user: "\u{1F600}".slice(0, 1) },
                { key: "user" },
                'record 1,234: the field "user" gives the partition key "\\ud83d", which is no Unicode: it was cut in the middle of a character.',
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
            ...lostInJson().map(
                ([kind, value, called]) =>
                    [
                        kind,
                        value,
                        { key: () => "a" },
                        `record 1,234 (key "a") is ${called}; send an object, a string or bytes.`,
                    ] as const,
            ),
            [
                "a promise",
                Promise.resolve({ id: "a" }),
                { key: () => "a" },
                'record 1,234 (key "a") is a promise; await it, and send what it gives.',
            ],
            [
                "whatever can be awaited",
                { id: "a", then: () => undefined },
                { key: "id" },
                'record 1,234 (key "a") is a promise; await it, and send what it gives.',
            ],
            [
                "a promise without its key",
                Promise.resolve({ id: "a" }),
                { key: "id" },
                'record 1,234: a promise has no field "id" for the partition key; await it, and send what it gives.',
            ],
            [
                "a promise as data",
                { id: "a" },
                { key: "id", data: (value: object) => Promise.resolve(value) },
                'record 1,234 (key "a") has a promise as its data; await it before, and send what it gives.',
            ],
            [
                "a field of bytes",
                new ArrayBuffer(2),
                { key: "user" },
                'record 1,234: a byte array has no field "user" for the partition key; send objects, or give the key as a function.',
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
