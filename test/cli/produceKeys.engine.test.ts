/** `produce` sends each record under the key that stands in it, to the digit, from whatever format; what it cannot send it keeps as it is. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import {
    CreateStreamCommand,
    GetRecordsCommand,
    GetShardIteratorCommand,
    KinesisClient,
    waitUntilStreamExists,
} from "@aws-sdk/client-kinesis";
import { shardOf, uniformRing } from "../../capacity/keys/hashRing";
import { defineProduce } from "../../cli/produce";
import { RunningClock, type Sandbox, startSandbox } from "../../sandbox/index";
import { type InProcessRun, runInProcess } from "./inProcess";

const ring = uniformRing(4);

interface Arrived {
    readonly key: string;
    readonly data: string;
    readonly shard: number;
}

describe("produce --key", () => {
    let sandbox: Sandbox;
    let kinesis: KinesisClient;
    let folder: string;

    before(async () => {
        folder = mkdtempSync(path.join(tmpdir(), "produce-keys-"));
        sandbox = await startSandbox({ clock: new RunningClock({ speed: 600 }) });
        const { endpoint, region, credentials } = sandbox;
        kinesis = new KinesisClient({ endpoint, region, credentials });
        for (const StreamName of ["digits", "hashed", "packed", "plain"]) {
            await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 4 }));
            await waitUntilStreamExists({ client: kinesis, maxWaitTime: 10, minDelay: 0.05 }, { StreamName });
        }
    });

    after(async () => {
        kinesis.destroy();
        await sandbox.stop();
        rmSync(folder, { recursive: true });
    });

    function produce(stream: string, content: string | Buffer, ...args: readonly string[]): Promise<InProcessRun> {
        const file = path.join(folder, `${stream}.txt`);
        writeFileSync(file, content);
        const undelivered = ["--undelivered", path.join(folder, `${stream}-undelivered.ndjson`)];
        return runInProcess(defineProduce, ["produce", stream, "--file", file, ...args, ...undelivered], {
            env: sandbox.env,
        });
    }

    /** What lies in the stream, by its keys. */
    async function arrivedIn(StreamName: string): Promise<Arrived[]> {
        const ofShards = await Promise.all(
            ring.shardIds.map(async (ShardId, shard) => {
                const from = { StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" } as const;
                const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(from));
                const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
                return Records.map(({ PartitionKey, Data }) => ({
                    key: PartitionKey!,
                    data: Buffer.from(Data!).toString(),
                    shard,
                }));
            }),
        );
        return ofShards.flat().sort((left, right) => (left.key < right.key ? -1 : 1));
    }

    it("takes the digits of a number as they stand: ids that JSON.parse makes one stay two", async () => {
        const ids = ["-0", "1.0", "18446744073709551615", "1e3", "9007199254740992", "9007199254740993"];
        const lines = ids.map((id) => `{"id":${id}, "at":1.50}`);
        const { document } = await produce(
            "digits",
            `${lines.join("\n")}\n{"id":true}\n{"id":{"x":9007199254740993}}`,
            "--key",
            "id",
        );
        assert.deepEqual([document.sent, document.undelivered], [6, 2]);
        assert.deepEqual(
            await arrivedIn("digits"),
            ids.map((id, at) => ({ key: id, data: lines[at]!, shard: shardOf(ring, id) })),
        );
        const kept = readFileSync(path.join(folder, "digits-undelivered.ndjson"), "utf8").trim().split("\n");
        assert.deepEqual(
            kept.map((line) => /"record":(.*)\}$/.exec(line)?.[1]),
            ['{"id":true}', '{"id":{"x":9007199254740993}}'],
        );
    });

    it("takes an explicit hash key of 39 digits as it stands", async () => {
        const hashKeys = ["0", "170141183460469231731687303715884105728", "340282366920938463463374607431768211455"];
        const lines = hashKeys.map((hashKey, at) => `{"id":"k${at}","hashKey":${hashKey}}`);
        const { document } = await produce("hashed", lines.join("\n"), "--key", "id", "--explicit-hash-key", "hashKey");
        assert.deepEqual([document.sent, document.undelivered], [3, 0]);
        assert.deepEqual(
            (await arrivedIn("hashed")).map(({ key, shard }) => [key, shard]),
            [
                ["k0", 0],
                ["k1", 2],
                ["k2", 3],
            ],
        );
    });

    it("sends the records of a packed array, each as it stands", async () => {
        const records = ['{"id": 9007199254740993}', '{\n  "id": 9007199254740995\n}'];
        const { document } = await produce("packed", gzipSync(`[${records.join(",\n")}]`), "--key", "id");
        assert.deepEqual([document.sent, document.undelivered], [2, 0]);
        assert.deepEqual(
            (await arrivedIn("packed")).map(({ data }) => data),
            records,
        );
    });

    it("sends lines of other text as they are, where no key is looked for in them", async () => {
        const { document } = await produce("plain", "one\n\n  two\r\nthree", "--random-keys");
        assert.deepEqual([document.sent, document.undelivered], [3, 0]);
        assert.deepEqual((await arrivedIn("plain")).map(({ data }) => data).sort(), ["  two", "one", "three"]);
    });
});
