/** What AWS refuses, as a user of the command line reads it. */
import assert from "node:assert/strict";
import { AfterCalls, refused } from "../../cli/awsErrors";
import { AwsRefusedError, UsageError } from "../../cli/command";
import { LedgerFailure } from "../../stream/ledger";

describe("what AWS or the way to it refuses is one line with what to do", () => {
    const rows: readonly [title: string, error: Error, message: string][] = [
        [
            "a permission that is missing",
            Object.assign(new Error("Not authorized"), { name: "AccessDeniedException", $metadata: {} }),
            "stream orders: AccessDeniedException: Not authorized. The credentials lack a permission. Ask for it, or use another AWS_PROFILE.",
        ],
        [
            "no region",
            new Error("Region is missing"),
            "stream orders: no AWS region is set. Set AWS_REGION, or a region in the profile.",
        ],
        [
            "a region that cannot be one",
            new Error('Region not accepted: region="us east" is not a valid hostname component.'),
            'stream orders: Region not accepted: region="us east" is not a valid hostname component. Set AWS_REGION to a region such as us-east-1.',
        ],
        [
            "an endpoint that is no URL",
            Object.assign(new TypeError("Invalid URL"), { code: "ERR_INVALID_URL" }),
            "stream orders: TypeError: Invalid URL. Set AWS_ENDPOINT_URL to a URL such as http://127.0.0.1:4566, or unset it.",
        ],
        [
            "an endpoint at which nobody listens",
            new Error("The pending stream has been canceled (caused by: connect ECONNREFUSED 127.0.0.1:9)"),
            "stream orders: Error: The pending stream has been canceled (caused by: connect ECONNREFUSED 127.0.0.1:9). Nothing answers there. Check AWS_ENDPOINT_URL.",
        ],
    ];
    for (const [title, error, message] of rows) {
        it(title, () => {
            const said = refused(error, "stream orders");
            assert.ok(said instanceof AwsRefusedError);
            assert.equal(said.message, message);
        });
    }

    it("a ledger that is damaged", () => {
        const damaged = new LedgerFailure("ledger", "read", new Error("The ledger's state is not readable."));
        const said = refused(damaged, "stream orders");
        assert.ok(said instanceof AwsRefusedError);
        assert.equal(
            said.message,
            "The ledger ledger cannot be read (Error: The ledger's state is not readable.); without it no call is made. --without-ledger acts without it, beside whoever else scales the stream.",
        );
    });

    describe("after AWS took calls, tells of them, and to look before another", () => {
        const throttled = Object.assign(new Error("Rate exceeded"), { name: "ThrottlingException", $metadata: {} });
        const one = ["UpdateShardCount from 4 to 8"];
        const look = "Before another call, see what is open: sharded-stream status orders";
        for (const [title, taken, cause, kind, message] of [
            [
                "a ledger that is throttled, without a way beside it",
                one,
                new LedgerFailure("ledger", "written", throttled),
                AwsRefusedError,
                `stream orders: AWS took UpdateShardCount from 4 to 8. Then came ledger ledger: ThrottlingException: Rate exceeded. AWS throttles the calls. Try again in a minute. ${look}`,
            ],
            [
                "a ledger that is damaged",
                one,
                new LedgerFailure("ledger", "read", new Error("The ledger's state is not readable.")),
                AwsRefusedError,
                `stream orders: AWS took UpdateShardCount from 4 to 8. Then came The ledger ledger cannot be read (Error: The ledger's state is not readable.). ${look}`,
            ],
            [
                "a refusal in the middle of a walk",
                [...one, "SplitShard from 8 to 9"],
                throttled,
                AwsRefusedError,
                `stream orders: AWS took 2 calls, the last SplitShard from 8 to 9. Then came ThrottlingException: Rate exceeded. AWS throttles the calls. Try again in a minute. ${look}`,
            ],
            [
                "a stream that is being deleted",
                one,
                new UsageError("orders is being deleted."),
                UsageError,
                `stream orders: AWS took UpdateShardCount from 4 to 8. Then came orders is being deleted. ${look}`,
            ],
        ] as const) {
            it(title, () => {
                const said = refused(new AfterCalls(taken, "orders", cause), "stream orders");
                assert.ok(said instanceof kind);
                assert.equal(said.message, message);
            });
        }

        it("a defect stays one", () => {
            const defect = new TypeError("x is undefined");
            assert.equal(refused(new AfterCalls(one, "orders", defect), "stream orders"), defect);
        });
    });

    it("leaves alone what was said already, and what is a defect", () => {
        for (const error of [new UsageError("no"), new AwsRefusedError("no"), new TypeError("x is undefined")])
            assert.equal(refused(error, "stream orders"), error);
    });
});
