/** `keys compare` and `keys test`, as they are typed. */
import assert from "node:assert/strict";
import { runCli } from "./run";

interface Comparison {
    readonly shards: number;
    readonly samples: number;
    readonly strategies: readonly {
        name: string;
        shares: number[];
        cv: number;
        hottestOverAverage: number;
        verdict: string;
    }[];
}

describe("sharded-stream keys", () => {
    it("compares all strategies on 4 shards, 10,000 samples and 100 users, and exits with 0", () => {
        const { stdout, exitCode } = runCli("keys", "compare", "--json");
        const { shards, samples, strategies } = JSON.parse(stdout) as Comparison;
        assert.deepEqual([shards, samples, exitCode], [4, 10_000, 0]);
        assert.deepEqual(
            strategies.map(({ name }) => name),
            ["user-based", "hash-based", "time-based", "composite", "random", "salted"],
        );
        for (const { shares, cv, hottestOverAverage } of strategies) {
            assert.equal(shares.length, 4);
            assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-9);
            assert.ok(Math.abs(Math.max(...shares) * 4 - hottestOverAverage) < 1e-9);
            const deviation = Math.sqrt(shares.reduce((sum, share) => sum + (share - 0.25) ** 2, 0) / 4);
            assert.ok(Math.abs(deviation / 0.25 - cv / 100) < 1e-9);
        }
    });

    it("tests one strategy, every shard of it, in the name's spelling of any language", () => {
        const { stdout, exitCode } = runCli("keys", "test", "time_based", "--shards", "3");
        const lines = stdout.split("\n");
        assert.equal(lines.filter((line) => line.startsWith("shardId-")).length, 3);
        assert.ok(lines.some((line) => line.startsWith("too-few-keys: 6 keys on 3 shards")));
        assert.equal(exitCode, 1);
    });

    const wrong: readonly [args: string[], message: string][] = [
        [
            ["test", "user"],
            'sharded-stream: There is no strategy "user"; there are user-based, hash-based, time-based, composite, random, salted. Did you mean user-based?\n',
        ],
        [
            ["sql", "--dialect", "mysql"],
            'sharded-stream: --dialect: there is no "mysql"; there are athena, spark, duckdb.\n',
        ],
        [
            ["compare", "--zipf", "-1"],
            "sharded-stream: --zipf: -1 is not allowed; it must be a number from 0 to 10. Give 0 for users of equal weight, 1 for a few that send most.\n",
        ],
    ];
    for (const [args, message] of wrong) {
        it(`keys ${args.join(" ")} is one clear line and exit code 2`, () => {
            const { stderr, exitCode } = runCli("keys", ...args);
            assert.deepEqual([stderr, exitCode], [message, 2]);
        });
    }
});
