/** What may be said about a producer, and what it says where that cannot be. */
import assert from "node:assert/strict";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { InvalidInputError } from "../../capacity/problems";
import { type ProducerOptions } from "../../producer/options";
import { Producer } from "../../producer/producer";
import { sendAll, start } from "./started";

describe("the options of a producer", () => {
    const problemsOf = (options: unknown): readonly string[] => {
        try {
            new Producer(options as ProducerOptions<unknown>);
            return [];
        } catch (error) {
            assert.ok(error instanceof InvalidInputError);
            assert.equal(error.subject, "producer");
            return error.problems.map(({ message }) => message);
        }
    };

    it("that are malformed are named all at once", () => {
        const options = {
            stream: "",
            batchRecordsMax: 501,
            deadlineSeconds: 0,
            shardRateMax: Number.NaN,
            ordered: true,
        };
        assert.deepEqual(problemsOf(options), [
            "batchRecordsMax: 501 is not allowed; it must be a whole number from 1 to 500. Leave it out: a full call costs the least.",
            "deadlineSeconds: 0 is not allowed; it must be a number above 0. Name the seconds after which a record is of no more use.",
            "shardRateMax: NaN is not allowed; it must be a number above 0. Use 1, or a part where several producers share the stream.",
            'stream: "" is not allowed; it must be a stream\'s name or ARN. Name the stream to send to.',
            "key: missing; it must be a field's name or a function where ordered is true. Name what the order is kept for; random keys have none.",
        ]);
    });

    const field =
        "it must be a field's name or a function of the value. Name the field as it stands in the value, such as customer.id.";
    const wrong: readonly (readonly [options: object, message: string])[] = [
        // Read as "keep no order", it would cost the order in silence.
        [{ ordered: "yes" }, 'ordered: "yes" is not allowed; it must be true or false. Leave it out for the default.'],
        [{ key: "" }, `key: "" is not allowed; ${field}`],
        [{ key: 5 }, `key: 5 is not allowed; ${field}`],
        [{ explicitHashKey: 5 }, `explicitHashKey: 5 is not allowed; ${field}`],
        [
            { data: "json" },
            'data: "json" is not allowed; it must be a function of the value. Leave it out: bytes, text and objects need none.',
        ],
        [
            { client: {} },
            "client: an object is not allowed; it must be a KinesisClient. Leave it out for one that the environment configures.",
        ],
        [
            { signal: true },
            "signal: true is not allowed; it must be an AbortSignal. Give the signal of an AbortController.",
        ],
        [
            { onUndelivered: [] },
            "onUndelivered: [] is not allowed; it must be a function that takes a record. Leave it out: close() hands the records over.",
        ],
        [
            { transport: { putRecords: 1 } },
            "transport: an object is not allowed; it must be a transport. Leave it out: it is for tests.",
        ],
        [
            { ordered: true },
            "key: missing; it must be a field's name or a function where ordered is true. Name what the order is kept for; random keys have none.",
        ],
        [
            { backoffMinMs: 500, backoffMaxMs: 400 },
            "backoffMaxMs: 400 is not allowed; it must be at least backoffMinMs, 500. Use 2,000, and at least backoffMinMs.",
        ],
    ];
    for (const [options, message] of wrong) {
        it(`must not be ${JSON.stringify(options)}`, () => {
            assert.deepEqual(problemsOf({ stream: "orders", ...options }), [message]);
        });
    }

    it("that nobody knows are named, with the nearest one: a misspelt one would be ignored in silence", () => {
        const [message = ""] = problemsOf({ stream: "orders", order: true });
        assert.match(
            message,
            /^order: true is not allowed; it must be one of lingerMs, .*, transport\. Did you mean ordered\?$/,
        );
    });

    it("are not shown where they may hold credentials", () => {
        const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "hidden" };
        const [client = "", object = "", text = ""] = problemsOf({
            stream: "orders",
            client: { region: "eu-west-1", credentials },
            credentials,
            secretAccessKey: "hidden",
        });
        assert.match(client, /^client: an object is not allowed; it must be a KinesisClient\. /);
        assert.match(object, /^credentials: an object is not allowed; it must be one of /);
        assert.match(text, /^secretAccessKey: text is not allowed; it must be one of /);
        assert.ok(![client, object, text].some((message) => message.includes("hidden")));
    });

    it("are an object that names a stream", () => {
        assert.deepEqual(problemsOf(undefined), ["args: missing; it must be an object. Give named properties."]);
        assert.deepEqual(problemsOf({}), [
            "stream: missing; it must be a stream's name or ARN. Name the stream to send to.",
        ]);
    });

    it("may be undefined or null, which is left out", async () => {
        const none = {
            lingerMs: 0,
            deadlineSeconds: null,
            key: null,
            data: null,
            ordered: undefined,
            anything: undefined,
        };
        const started = start(none as object);
        const value = { id: 1, key: "a" };
        const { sent } = await sendAll(started, [value]);
        assert.deepEqual([sent, started.stream.log[0]?.value], [1, JSON.stringify(value)]);
    });

    it("may be all of them", () => {
        const client = new KinesisClient({ region: "us-east-1" });
        const { signal } = new AbortController();
        const options = {
            stream: "orders",
            client,
            signal,
            key: "id",
            ordered: true,
            data: String,
            onUndelivered: () => undefined,
        };
        assert.deepEqual(
            problemsOf({ ...options, explicitHashKey: () => 1n, deadlineSeconds: Infinity, random: Math.random }),
            [],
        );
        client.destroy();
    });
});
