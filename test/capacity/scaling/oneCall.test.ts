/** A deployment makes one UpdateShardCount call: what is beyond it is said beforehand, with the ways there. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { type CountChange, oneCallProblem } from "../../../capacity/scaling/oneCall";
import { countsBetween } from "../../../capacity/scaling/walk";

const change = (deployedShards: number, declaredShards: number, leaving: CountChange["leaving"] = "count") =>
    oneCallProblem({ streamName: "orders", deployedShards, declaredShards, leaving });

describe("a declared shard count that one call cannot reach", () => {
    const within = [
        [4, 4],
        [4, 8],
        [4, 2],
        // Half of an odd count rounds up.
        [5, 3],
        [1, 2],
        [5_000, 10_000],
        // What is not asked for is not judged.
        [12_000, 12_000],
        [12_000, 6_000],
    ] as const;
    for (const [deployed, declared] of within)
        it(`${deployed} to ${declared} is none`, () => assert.equal(change(deployed, declared), undefined));

    it("raised: names the next count, the command, and the deployments", () =>
        assert.equal(
            change(4, 9),
            "9 shards are declared for stream orders, and 4 are deployed. AWS would refuse that: one UpdateShardCount call takes 4 shards to at most 8.\n" +
                "Scale it first, in 2 calls (8, 9): sharded-stream scale orders to 9, then pulumi up --refresh.\n" +
                "Or deploy 2 times, where no policy rejects fewer shards than the plan: with shardCount: 8, then 9.\n" +
                "The deployed count is the one in the state. If the stream was scaled since, pulumi up --refresh is enough.",
        ));

    it("lowered: an odd count goes to the half that AWS surely accepts", () =>
        assert.equal(
            change(2_501, 1_250),
            "1,250 shards are declared for stream orders, and 2,501 are deployed. AWS would refuse that: one UpdateShardCount call takes 2,501 shards to at least 1,251.\n" +
                "Scale it first, in 2 calls (1,251, 1,250): sharded-stream scale orders to 1250, then pulumi up --refresh.\n" +
                "Or deploy 2 times: with shardCount: 1251, then 1250.\n" +
                "The deployed count is the one in the state. If the stream was scaled since, pulumi up --refresh is enough.",
        ));

    it("of one shard, and to one, is told as of one", () => {
        const [raised] = change(1, 3)!.split("\n");
        const [lowered] = change(3, 1)!.split("\n");
        assert.deepEqual(
            [raised, lowered],
            [
                "3 shards are declared for stream orders, and 1 is deployed. AWS would refuse that: one UpdateShardCount call takes 1 shard to at most 2.",
                "1 shard is declared for stream orders, and 3 are deployed. AWS would refuse that: one UpdateShardCount call takes 3 shards to at least 2.",
            ],
        );
    });

    it("more than a call may go to at all: no way is named", () =>
        assert.equal(
            change(9_000, 10_001),
            "10,001 shards are declared for stream orders, and UpdateShardCount goes to at most 10,000.\nDeclare a lower load, or spread it over several streams.",
        ));

    const leaving: readonly (readonly [CountChange["leaving"], string])[] = [
        [
            "mode",
            "Leave on-demand with shardCount: 8. Then sharded-stream scale orders to 20, and pulumi up --refresh without that shardCount.",
        ],
        [
            "hand-over",
            "Leave on-demand with shardCount: 8; the scaler goes on from there, and later deployments need no shardCount.",
        ],
    ];
    for (const [why, way] of leaving) {
        it(`when the stream leaves on-demand (${why}): names the count to leave with`, () =>
            assert.equal(
                change(4, 20, why),
                `20 shards are declared for stream orders, and it has 4, on-demand. AWS would refuse that: one UpdateShardCount call takes 4 shards to at most 8.\n${way}`,
            ));
    }

    it("obeyed, the advice is enough: each count that it names is one call from the one before", () => {
        const shards = fc.integer({ min: 1, max: 10_000 });
        fc.assert(
            fc.property(shards, shards, (deployed, declared) => {
                let at = deployed;
                for (const next of countsBetween(deployed, declared)) {
                    assert.equal(change(at, next), undefined);
                    at = next;
                }
                assert.equal(at, declared);
                assert.equal(
                    change(deployed, declared) === undefined,
                    declared <= 2 * deployed && 2 * declared >= deployed,
                );
            }),
            { numRuns: 300 },
        );
    });
});
