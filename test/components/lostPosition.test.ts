/** What a change of a StreamConsumerFunction does to its place in the stream. */
import assert from "node:assert/strict";
import { checkPosition } from "../../components/lostPosition";
import { unknown } from "./mocks";

const stream = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";
const consumer = `${stream}/consumer/billing:1700000000`;
const latest = { stream, startingPosition: "LATEST" };
const refusal = (changed: string) =>
    `startingPosition: LATEST is not allowed when ${changed}; that makes a new mapping, which would skip everything that the function has not read yet. Set startingPosition to TRIM_HORIZON, which reads again what the stream still has, or to AT_TIMESTAMP with a startingPositionTimestamp before this deployment. To skip those records, remove the component in one deployment and add it again in the next.`;

describe("a change after which a function would not see what it has not read yet", () => {
    type Told = Parameters<typeof checkPosition>[0];
    const rows: [title: string, before: Told, now: Told, refused: string | undefined][] = [
        ["is refused where it is to start at LATEST", { stream }, latest, "startingPosition changes"],
        ["is refused where it gets a consumer", latest, { ...latest, consumer }, "consumer changes"],
        ["is refused where it loses its consumer", { ...latest, consumer }, latest, "consumer changes"],
        [
            "is refused where it gets another stream and a consumer of it",
            latest,
            { ...latest, stream: `${stream}-2`, consumer: `${stream}-2/consumer/billing:1` },
            "stream and consumer change",
        ],
        ["is none where it started there before", latest, { ...latest, consumer: null }, undefined],
        ["is none where it starts at the oldest record", latest, { stream, consumer }, undefined],
        [
            "is none where it starts at a time",
            latest,
            { stream, consumer, startingPosition: "AT_TIMESTAMP" },
            undefined,
        ],
        ["is none where it is new", {}, latest, undefined],
        [
            "is none where a preview does not know the consumer yet: the deployment will",
            latest,
            { ...latest, consumer: unknown() },
            undefined,
        ],
    ];
    for (const [title, before, now, refused] of rows) {
        it(title, () => {
            const check = () => checkPosition(before, now);
            if (refused === undefined) check();
            else assert.throws(check, { message: refusal(refused) });
        });
    }
});
