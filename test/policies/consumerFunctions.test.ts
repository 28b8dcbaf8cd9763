/** functions-keep-up: what is said about a function that reads a stream, and about a mapping of the program's own. */
import { consumerFunctionType, eventSourceMappingType } from "../../policies/resources";
import { cannotTell, compliant, tests, unknown, view, violation, worked } from "./views";

const streamArn = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";
const fn = (args: object) => view(consumerFunctionType, { stream: streamArn, function: "billing", ...args });
const mapping = (args: object, more = {}) =>
    view(eventSourceMappingType, { eventSourceArn: streamArn, startingPosition: "LATEST", ...args }, more);
const endless = violation(
    "The event source mapping retries a record that always fails without end, whatever its age: its shard waits until the records behind it are lost, and nobody is told which. Set maximumRetryAttempts, maximumRecordAgeInSeconds and destinationConfig.onFailure, or let a StreamConsumerFunction make the mapping.",
);
const slow = { requirements: worked, shardCount: 5, processingMillisecondsPerRecord: 4 };
const cannotKeepUp =
    "2,500 records/s come from 5 shards; 5 invocations at once handle 1,250, 100 records in 400 ms each. Set parallelizationFactor to 2, open 10 shards instead of 5, or process a record in at most 2 ms.";

describe("functions-keep-up", () => {
    tests("functions-keep-up", [
        ["passes a function of which nothing is declared", fn({}), compliant],
        ["passes a function that the plan has sized", fn(slow), compliant],
        ["refuses a factor that is too small", fn({ ...slow, parallelizationFactor: 1 }), violation(cannotKeepUp)],
        ["takes a number that is a text, as providers do", fn({ ...slow, parallelizationFactor: "2" }), compliant],
        [
            "says all that it finds",
            fn({
                ...slow,
                parallelizationFactor: 1,
                functionTimeoutSeconds: 900,
                maximumRecordAgeSeconds: 604_800,
                maximumRetryAttempts: -1,
            }),
            violation(
                `${cannotKeepUp} A record that always fails is retried without end, until it is 604,800 seconds old; the stream keeps it for 24 hours. Its shard waits until the records behind it are lost, and nobody is told which. Set maximumRecordAgeSeconds to 82,800 or less, or set maximumRetryAttempts to 89 or less.`,
            ),
        ],
        ["leaves what is malformed to the program", fn({ ...slow, batchSize: 0, parallelizationFactor: 1 }), compliant],
        [
            "cannot tell where the requirements are not known",
            fn({ ...slow, requirements: { ...worked, recordsPerSecond: unknown("requirements.recordsPerSecond") } }),
            cannotTell("requirements.recordsPerSecond"),
        ],
        [
            "cannot tell where a setting is not known",
            fn({ ...slow, batchSize: unknown("batchSize") }),
            cannotTell("batchSize"),
        ],
        ["refuses a mapping with AWS's defaults", mapping({}), endless],
        [
            "refuses a mapping that says them",
            mapping({ maximumRetryAttempts: -1, maximumRecordAgeInSeconds: -1 }),
            endless,
        ],
        ["refuses one on a fan-out consumer", mapping({ eventSourceArn: `${streamArn}/consumer/billing:1` }), endless],
        ["passes retries with an end", mapping({ maximumRetryAttempts: 100 }), compliant],
        ["passes an age with an end", mapping({ maximumRecordAgeInSeconds: 3_600 }), compliant],
        [
            "passes a mapping on a table",
            mapping({ eventSourceArn: "arn:aws:dynamodb:us-east-1:123456789012:table/a/stream/b" }),
            compliant,
        ],
        [
            "passes a mapping on a queue whose ARN is not known",
            mapping({ eventSourceArn: unknown("eventSourceArn"), startingPosition: undefined }),
            compliant,
        ],
        [
            "cannot tell of what stream one is",
            mapping({ eventSourceArn: unknown("eventSourceArn") }),
            cannotTell("eventSourceArn"),
        ],
        [
            "leaves the mapping of a StreamConsumerFunction to that",
            mapping({}, { urn: `urn:pulumi:dev::shop::${consumerFunctionType}$${eventSourceMappingType}::billing` }),
            compliant,
        ],
    ]);
});
