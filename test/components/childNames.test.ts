/** Two components of a program never make one child: Pulumi refuses that with its URN, and does not tell which two argue about it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { ShardedStream, StreamAlarms } from "../../index";
import { run } from "./mocks";

const requirements = { writeMiBPerSecond: 1, recordsPerSecond: 500 };
const consumerType = "aws:kinesis/streamConsumer:StreamConsumer";

async function consumerChildren(streams: Readonly<Record<string, readonly string[]>>): Promise<string[]> {
    const { registered } = await run(() => {
        for (const [name, consumers] of Object.entries(streams))
            new ShardedStream(name, { requirements, consumers: [...consumers] });
    });
    return registered.filter(({ type }) => type === consumerType).map(({ name }) => name);
}

describe("a child that is called after an entry of an argument", () => {
    it("is called after its component and the entry, as it ever was", async () =>
        assert.deepEqual(await consumerChildren({ orders: ["billing"], clicks: ["billing"] }), [
            "orders-billing",
            "clicks-billing",
        ]));

    it("is refused where another component has one of that name: a consumer", () =>
        assert.rejects(consumerChildren({ orders: ["eu-billing"], "orders-eu": ["billing"] }), {
            message:
                'ShardedStream "orders-eu": 1 argument is malformed.\n' +
                'consumers: "billing" is not allowed; it must be another one, because its child orders-eu-billing has the name of that of "eu-billing" of ShardedStream "orders". Give one of both components another name in the program, with its present one in the option aliases, or change one of both entries.',
        }));

    it("is refused where another component has one of that name: an address", () =>
        assert.rejects(
            run(() => {
                const attach = (name: string, email: string) =>
                    new StreamAlarms(name, { stream: "live", notifications: { emails: [email] } });
                attach("orders", "eu-oncall@example.com");
                attach("orders-eu", "oncall@example.com");
            }),
            {
                message:
                    'StreamAlarms "orders-eu": 1 argument is malformed.\n' +
                    'notifications.emails: "oncall@example.com" is not allowed; it must be another one, because its child orders-eu-oncall@example.com has the name of that of "eu-oncall@example.com" of StreamAlarms "orders". Give one of both components another name in the program, with its present one in the option aliases, or change one of both entries.',
            },
        ));

    it("is let pass where the other component is of another type, or in another one", async () => {
        const { registered } = await run(() => {
            const emails = { emails: ["eu-oncall@example.com"] };
            const orders = new ShardedStream("orders", { requirements, notifications: emails });
            new StreamAlarms("orders-eu", { stream: "live", notifications: { emails: ["oncall@example.com"] } });
            new StreamAlarms("orders", { stream: "old", notifications: emails }, { parent: orders });
        });
        const names = registered.filter(({ type }) => type.endsWith(":TopicSubscription")).map(({ name }) => name);
        assert.deepEqual(names, [
            "orders-eu-oncall@example.com",
            "orders-eu-oncall@example.com",
            "orders-eu-oncall@example.com",
        ]);
    });

    it("is let pass in the next program of the same process", async () => {
        await consumerChildren({ orders: ["eu-billing"] });
        assert.deepEqual(await consumerChildren({ "orders-eu": ["billing"] }), ["orders-eu-billing"]);
    });

    it("has a name of its own in every program that is let pass", async function () {
        this.timeout(60_000);
        const word = fc.constantFrom("orders", "eu", "a");
        const words = fc.array(word, { minLength: 1, maxLength: 2 }).map((parts) => parts.join("-"));
        const streams = fc.dictionary(words, fc.uniqueArray(words, { minLength: 1, maxLength: 2 }), { maxKeys: 3 });
        await fc.assert(
            fc.asyncProperty(streams, async (declared) => {
                const names = Object.entries(declared).flatMap(([name, all]) => all.map((one) => `${name}-${one}`));
                const isMet = new Set(names).size < names.length;
                const children = consumerChildren(declared);
                await (isMet
                    ? assert.rejects(children, /has the name of that of/)
                    : children.then((made) => assert.deepEqual(made.sort(), names.sort())));
            }),
            { numRuns: 40 },
        );
    });
});
