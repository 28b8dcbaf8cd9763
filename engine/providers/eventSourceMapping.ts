/**
 * aws:lambda: event source mappings, which feed a function from a stream.
 */
import {
    CreateEventSourceMappingCommand,
    type CreateEventSourceMappingCommandInput,
    DeleteEventSourceMappingCommand,
    type EventSourceMappingConfiguration,
    GetEventSourceMappingCommand,
    ListTagsCommand,
    TagResourceCommand,
    UntagResourceCommand,
    UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import type * as lambda from "@pulumi/aws/lambda";
import { limits } from "../../capacity/limits";
import { type Properties } from "../values";
import { type Aws } from "./aws";
import { type Checked, type ResourceRow } from "./resource";
import { waitUntil, waitUntilGone } from "./wait";
import { fromAws, pick, toAws } from "./words";

type Inputs = Checked<lambda.EventSourceMappingArgs>;

/** What may change in place. */
const changeable = [
    "batchSize",
    "bisectBatchOnFunctionError",
    "documentDbEventSourceConfig",
    "filterCriteria",
    "functionResponseTypes",
    "kmsKeyArn",
    "maximumBatchingWindowInSeconds",
    "maximumRecordAgeInSeconds",
    "maximumRetryAttempts",
    "metricsConfig",
    "parallelizationFactor",
    "provisionedPollerConfig",
    "scalingConfig",
    "sourceAccessConfigurations",
    "tumblingWindowInSeconds",
] as const;

/** What the mapping is; another one replaces it. */
const identifying = [
    "amazonManagedKafkaEventSourceConfig",
    "eventSourceArn",
    "selfManagedEventSource",
    "selfManagedKafkaEventSourceConfig",
    "startingPosition",
    "topics",
] as const;

export const eventSourceMapping: ResourceRow<Inputs> = {
    defaults: { enabled: true },
    required: ["functionName"],
    validate: (inputs) =>
        Object.entries(ranges).flatMap(([property, { name, least, most, also }]) => {
            const given = (inputs as Properties)[property];
            if (typeof given !== "number" || given === also || (given >= least && given <= most)) return [];
            return [{ property, reason: `expected ${name} to be in the range (${least} - ${most}), got ${given}` }];
        }),
    replaceOn: [...identifying, "queues", "startingPositionTimestamp", "region"],
    sets: ["functionResponseTypes"],
    computed: [
        "amazonManagedKafkaEventSourceConfig",
        "arn",
        "documentDbEventSourceConfig",
        "functionArn",
        "lastModified",
        "lastProcessingResult",
        "maximumRecordAgeInSeconds",
        "maximumRetryAttempts",
        "parallelizationFactor",
        "selfManagedKafkaEventSourceConfig",
        "state",
        "stateTransitionReason",
        "uuid",
    ],
    optional: ["maximumRecordAgeInSeconds", "maximumRetryAttempts", "parallelizationFactor"],
    tags: "map",
    create: async (aws, inputs) => {
        const { startingPositionTimestamp: startingAt, queues, tags: Tags } = inputs;
        const command = new CreateEventSourceMappingCommand({
            ...toAws<CreateEventSourceMappingCommandInput>(pick(inputs, identifying)),
            ...settingsOf(inputs),
            Queues: queues === undefined ? undefined : [queues],
            StartingPositionTimestamp: startingAt === undefined ? undefined : new Date(startingAt),
            Tags,
        });
        const { UUID = "" } = await onceRoleIsKnown(() => aws.lambda.send(command));
        await settled(aws, UUID);
        return UUID;
    },
    read: async (aws, id, state) => {
        const found = await get(aws, id);
        const arn = found.EventSourceMappingArn ?? "";
        const { Tags } = await aws.lambda.send(new ListTagsCommand({ Resource: arn }));
        return { ...outputsOf(found, state), arn, ...(Tags && Object.keys(Tags).length > 0 ? { tags: Tags } : {}) };
    },
    update: async (aws, id, olds, news) => {
        const taken = changeable.filter((property) => olds[property] !== undefined && news[property] === undefined);
        const back = Object.fromEntries(taken.map((property) => [property, unsaid[property]]));
        const command = new UpdateEventSourceMappingCommand({ UUID: id, ...settingsOf({ ...back, ...news }) });
        await onceRoleIsKnown(() => aws.lambda.send(command));
        await settled(aws, id);
    },
    tag: (aws, id, Tags) => aws.lambda.send(new TagResourceCommand({ Resource: arnOf(aws, id), Tags })),
    untag: (aws, id, TagKeys) => aws.lambda.send(new UntagResourceCommand({ Resource: arnOf(aws, id), TagKeys })),
    delete: async (aws, UUID) => {
        await aws.lambda.send(new DeleteEventSourceMappingCommand({ UUID }));
        await waitUntilGone(`The deletion of event source mapping ${UUID}`, () => get(aws, UUID));
    },
};

interface Range {
    /** As the provider writes it. */
    readonly name: string;
    readonly least: number;
    readonly most: number;
    /** Taken as well. */
    readonly also?: number;
}

/** What the real provider refuses in a preview. */
const ranges: Readonly<Record<string, Range>> = {
    maximumRecordAgeInSeconds: {
        name: "maximum_record_age_in_seconds",
        least: limits.eventSourceRecordAgeSecondsMin,
        most: limits.eventSourceRecordAgeSecondsMax,
        also: -1,
    },
    maximumRetryAttempts: { name: "maximum_retry_attempts", least: -1, most: limits.eventSourceRetryAttemptsMax },
    parallelizationFactor: {
        name: "parallelization_factor",
        least: 1,
        most: limits.eventSourceParallelizationFactorMax,
    },
    tumblingWindowInSeconds: { name: "tumbling_window_in_seconds", least: 0, most: 900 },
};

/** What AWS is told where the program says something no longer. */
const unsaid: Readonly<Properties> = {
    batchSize: 100,
    bisectBatchOnFunctionError: false,
    functionResponseTypes: [],
    maximumBatchingWindowInSeconds: 0,
    maximumRecordAgeInSeconds: -1,
    maximumRetryAttempts: -1,
    metricsConfig: { metrics: [] },
    parallelizationFactor: 1,
    tumblingWindowInSeconds: 0,
};

function settingsOf(inputs: Inputs) {
    const destination = inputs.destinationConfig?.onFailure?.destinationArn;
    return {
        ...toAws<Omit<CreateEventSourceMappingCommandInput, "FunctionName">>(pick(inputs, changeable)),
        FunctionName: inputs.functionName,
        Enabled: inputs.enabled,
        DestinationConfig: { OnFailure: destination === undefined ? {} : { Destination: destination } },
    };
}

function outputsOf(found: EventSourceMappingConfiguration, { functionName: said = "" }: Partial<Inputs>): Properties {
    const { FunctionArn: functionArn = "", DestinationConfig, StartingPositionTimestamp: startingAt } = found;
    const destinationArn = DestinationConfig?.OnFailure?.Destination;
    return {
        ...pick(fromAws(found), [
            ...changeable,
            "eventSourceArn",
            "lastProcessingResult",
            "startingPosition",
            "state",
            "stateTransitionReason",
        ]),
        ...(destinationArn ? { destinationConfig: { onFailure: { destinationArn } } } : {}),
        ...(startingAt ? { startingPositionTimestamp: startingAt.toISOString().replace(".000Z", "Z") } : {}),
        enabled: !/^Disabl/.test(found.State ?? ""),
        functionArn,
        // As the program says it, by name or by ARN, where it means the same function.
        functionName: said === functionArn || said === functionArn.split(":").at(-1) ? said : functionArn,
        lastModified: found.LastModified?.toISOString() ?? "",
        uuid: found.UUID ?? "",
    };
}

const arnOf = (aws: Aws, uuid: string): string => aws.arn("lambda", `event-source-mapping:${uuid}`);

function get(aws: Aws, UUID: string): Promise<EventSourceMappingConfiguration> {
    return aws.lambda.send(new GetEventSourceMappingCommand({ UUID }));
}

async function settled(aws: Aws, uuid: string): Promise<void> {
    await waitUntil(`The change of event source mapping ${uuid}`, async () =>
        /^(En|Dis)abled$/.test((await get(aws, uuid)).State ?? "") ? true : undefined,
    );
}

const retryMs = 250;
const retriesMax = 20;

/** A role's policies may come a moment after it: the real provider asks again for minutes. */
async function onceRoleIsKnown<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    for (let retries = 0; ; retries++) {
        try {
            return await ask();
        } catch (error) {
            const { message } = error as Error;
            const isEarly = /cannot be assumed|ensure the role can perform|does not have permissions to call/.test(
                message,
            );
            if (!isEarly || retries >= retriesMax) throw error;
            await new Promise((resolve) => setTimeout(resolve, retryMs));
        }
    }
}
