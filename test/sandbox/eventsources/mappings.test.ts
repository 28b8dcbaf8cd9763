/** The five operations, as Lambda's own clients call them. */
import { deepEqual, equal, match } from "node:assert/strict";
import {
    CreateEventSourceMappingCommand,
    type CreateEventSourceMappingCommandInput,
    DeleteEventSourceMappingCommand,
    GetEventSourceMappingCommand,
    LambdaClient,
    ListEventSourceMappingsCommand,
    ListTagsCommand,
    TagResourceCommand,
    UntagResourceCommand,
    UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";

import { startMs } from "../cloud";
import { refusal } from "../kinesis/streams";
import {
    account,
    consumerActions,
    type FedCloud,
    functionArn,
    queueArn,
    startFed,
    statement,
    streamActions,
    streamArn,
} from "./fed";

describe("event source mappings of the local Lambda", () => {
    let fed: FedCloud;
    let lambda: LambdaClient;
    beforeEach(async () => {
        fed = await startFed();
        const { endpoint, region, credentials } = fed.sandbox;
        lambda = new LambdaClient({ endpoint, region, credentials, maxAttempts: 1 });
    });
    afterEach(async () => {
        lambda.destroy();
        await fed.stop();
    });

    const input = { EventSourceArn: streamArn, FunctionName: "worker", StartingPosition: "TRIM_HORIZON" } as const;
    const create = (changes: Partial<CreateEventSourceMappingCommandInput> = {}) =>
        lambda.send(new CreateEventSourceMappingCommand({ ...input, ...changes }));
    const stateOf = async (UUID: string): Promise<string | undefined> =>
        (await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State;

    it("tell all about themselves, with the defaults of a stream", async () => {
        const { $metadata, ...made } = await create();
        equal($metadata.httpStatusCode, 202);
        match(made.UUID!, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
        deepEqual(made, {
            UUID: made.UUID,
            EventSourceMappingArn: `arn:aws:lambda:us-east-1:${account}:event-source-mapping:${made.UUID}`,
            EventSourceArn: streamArn,
            FunctionArn: functionArn,
            StartingPosition: "TRIM_HORIZON",
            BatchSize: 100,
            MaximumBatchingWindowInSeconds: 0,
            ParallelizationFactor: 1,
            MaximumRecordAgeInSeconds: -1,
            BisectBatchOnFunctionError: false,
            MaximumRetryAttempts: -1,
            TumblingWindowInSeconds: 0,
            FunctionResponseTypes: [],
            DestinationConfig: { OnFailure: {} },
            LastModified: new Date(startMs),
            LastProcessingResult: "No records processed",
            State: "Creating",
            StateTransitionReason: "User action",
        });
    });

    it("are Creating, Enabled, Updating, Disabling, Disabled, Enabling and Deleting, each for a second", async () => {
        const { UUID } = await create();
        const states: (string | undefined)[] = [await stateOf(UUID!)];
        const pass = async (): Promise<void> => {
            await fed.clock.advance(1_000);
            states.push(await stateOf(UUID!));
        };
        await pass();
        for (const changes of [{ BatchSize: 7 }, { Enabled: false }, { Enabled: true }]) {
            states.push((await lambda.send(new UpdateEventSourceMappingCommand({ UUID, ...changes }))).State);
            await pass();
        }
        states.push((await lambda.send(new DeleteEventSourceMappingCommand({ UUID }))).State, await stateOf(UUID!));
        deepEqual(states, [
            ...["Creating", "Enabled", "Updating", "Enabled", "Disabling", "Disabled", "Enabling", "Enabled"],
            ...["Deleting", "Deleting"],
        ]);
        await fed.clock.advance(1_000);
        deepEqual(await refusal(stateOf(UUID!)), {
            name: "ResourceNotFoundException",
            message: "The resource you requested does not exist.",
        });
    });

    it("are refused a change while one is under way", async () => {
        const { UUID } = await create();
        deepEqual(await refusal(lambda.send(new UpdateEventSourceMappingCommand({ UUID, BatchSize: 1 }))), {
            name: "ResourceInUseException",
            message: "Cannot update the event source mapping because it is in use.",
        });
        deepEqual(await refusal(lambda.send(new DeleteEventSourceMappingCommand({ UUID }))), {
            name: "ResourceInUseException",
            message: "Cannot delete the event source mapping because it is in use.",
        });
    });

    it("exist once for a stream and a function", async () => {
        const { UUID } = await create();
        deepEqual(await refusal(create()), {
            name: "ResourceConflictException",
            message: `The event source arn (" ${streamArn} ") and function (" worker ") provided mapping already exists. Please update or delete the existing mapping with UUID ${UUID}`,
        });
    });

    it("are listed by stream and function, page by page, and may carry tags", async () => {
        const { UUID, EventSourceMappingArn: Resource } = await create({ Tags: { team: "orders" } });
        const list = async (filter: object) => {
            const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand(filter));
            return EventSourceMappings.map((each) => each.UUID);
        };
        deepEqual(await list({}), [UUID]);
        deepEqual(await list({ FunctionName: "worker", EventSourceArn: streamArn, MaxItems: 1 }), [UUID]);
        deepEqual(await list({ EventSourceArn: `${streamArn}-2` }), []);
        await lambda.send(new TagResourceCommand({ Resource, Tags: { owner: "us" } }));
        await lambda.send(new UntagResourceCommand({ Resource, TagKeys: ["team"] }));
        deepEqual((await lambda.send(new ListTagsCommand({ Resource }))).Tags, { owner: "us" });
    });

    const constraint = (member: string, value: string, rule: string) =>
        `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must ${rule}`;

    for (const [changes, name, message] of [
        [
            { BatchSize: 0 },
            "ValidationException",
            constraint("batchSize", "0", "have value greater than or equal to 1"),
        ],
        [
            { BatchSize: 10_001 },
            "ValidationException",
            constraint("batchSize", "10001", "have value less than or equal to 10000"),
        ],
        [
            { MaximumBatchingWindowInSeconds: 301 },
            "ValidationException",
            constraint("maximumBatchingWindowInSeconds", "301", "have value less than or equal to 300"),
        ],
        [
            { ParallelizationFactor: 11 },
            "ValidationException",
            constraint("parallelizationFactor", "11", "have value less than or equal to 10"),
        ],
        [
            { MaximumRetryAttempts: 10_001 },
            "ValidationException",
            constraint("maximumRetryAttempts", "10001", "have value less than or equal to 10000"),
        ],
        [
            { MaximumRecordAgeInSeconds: 604_801 },
            "ValidationException",
            constraint("maximumRecordAgeInSeconds", "604801", "have value less than or equal to 604800"),
        ],
        [
            { MaximumRecordAgeInSeconds: 59 },
            "InvalidParameterValueException",
            "MaximumRecordAgeInSeconds must be -1 or between 60 and 604800, not 59.",
        ],
        [
            { StartingPosition: undefined },
            "InvalidParameterValueException",
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
        ],
        [
            { StartingPosition: "AT_TIMESTAMP" },
            "InvalidParameterValueException",
            "StartingPositionTimestamp must be provided when StartingPosition is AT_TIMESTAMP.",
        ],
        [
            { StartingPositionTimestamp: new Date(startMs) },
            "InvalidParameterValueException",
            "StartingPositionTimestamp can be provided with AT_TIMESTAMP alone, not with TRIM_HORIZON.",
        ],
        [
            { StartingPosition: "AT_TIMESTAMP", StartingPositionTimestamp: new Date(startMs + 1_000) },
            "InvalidParameterValueException",
            "StartingPositionTimestamp cannot be in the future.",
        ],
        [
            { EventSourceArn: queueArn },
            "InvalidParameterValueException",
            `The sandbox maps Kinesis streams and their consumers to functions, not sqs: ${queueArn}`,
        ],
        [
            { EventSourceArn: `${streamArn}s` },
            "InvalidParameterValueException",
            `Cannot access stream ${streamArn}s. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, DescribeStreamSummary, and ListShards Actions on your stream in IAM.`,
        ],
        [
            { FunctionName: "other" },
            "ResourceNotFoundException",
            `Function not found: arn:aws:lambda:us-east-1:${account}:function:other`,
        ],
        [
            { FilterCriteria: { Filters: [{ Pattern: "{}" }] } },
            "InvalidParameterValueException",
            "The sandbox filters no records; leave FilterCriteria out.",
        ],
        [
            { TumblingWindowInSeconds: 30 },
            "InvalidParameterValueException",
            "The sandbox keeps no tumbling windows, so TumblingWindowInSeconds cannot be set.",
        ],
        [
            { DestinationConfig: { OnFailure: { Destination: "arn:aws:s3:::failures" } } },
            "InvalidParameterValueException",
            "The sandbox tells SQS queues and SNS topics of failures, not arn:aws:s3:::failures",
        ],
        [
            { DestinationConfig: { OnFailure: { Destination: `${queueArn}-2` } } },
            "InvalidParameterValueException",
            "The function execution role does not have permissions to call SendMessage on SQS",
        ],
    ] as const) {
        it(`are refused ${JSON.stringify(changes)}`, async () =>
            deepEqual(await refusal(create(changes as Partial<CreateEventSourceMappingCommandInput>)), {
                name,
                message,
            }));
    }

    it("are refused a stream that is not there", async () => {
        fed.putRole(statement("kinesis", streamActions, "*"));
        deepEqual(await refusal(create({ EventSourceArn: `${streamArn}s` })), {
            name: "InvalidParameterValueException",
            message: `Stream not found: ${streamArn}s`,
        });
    });

    for (const missing of streamActions) {
        it(`are refused a role that lacks kinesis:${missing}`, async () => {
            fed.putRole(
                statement(
                    "kinesis",
                    streamActions.filter((action) => action !== missing),
                    streamArn,
                ),
            );
            match((await refusal(create())).message, /^Cannot access stream /);
        });
    }

    it("of a consumer need the right to subscribe, and none to poll", async () => {
        const { Consumer } = await fed.call("kinesis", "RegisterStreamConsumer", {
            StreamARN: streamArn,
            ConsumerName: "a",
        });
        const looks = statement("kinesis", consumerActions, streamArn);
        fed.putRole(looks);
        match(
            (await refusal(create({ EventSourceArn: Consumer.ConsumerARN }))).message,
            /the SubscribeToShard Action on it/,
        );
        fed.putRole(looks, statement("kinesis", ["SubscribeToShard"], Consumer.ConsumerARN));
        equal((await create({ EventSourceArn: Consumer.ConsumerARN })).State, "Creating");
    });
});
