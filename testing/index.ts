/**
 * `sharded-stream/testing`: mocks for the unit tests of programs that use the components. They answer as AWS does: with names, IDs and ARNs.
 */
import * as pulumi from "@pulumi/pulumi";
import { arnIn } from "../capacity/arns";
import { argsProblems, type Checks, fits, isRecord, map, text } from "../capacity/checks";
import { refuse } from "../capacity/problems";
import { nameOf, secretSignature, signatureKey, typeOf } from "../capacity/pulumiNames";
import { dnsSuffixOf, isRegion, partitionOf } from "../capacity/regions";

/** Where the mocked resources are, and what other stacks have. */
export interface AwsMocksOptions {
    /** Region of the aws provider, and of aws-native. Default: us-east-1. */
    readonly region?: string | undefined;
    /** Account that everything is in, twelve digits. Default: 123456789012. */
    readonly accountId?: string | undefined;
    /** `aws`, or another one such as `aws-cn`, `aws-us-gov` or `aws-eusc`. Default: aws. */
    readonly partition?: string | undefined;
    /** Outputs of the stacks that the program refers to (`pulumi.StackReference`), by the stack's name. Default: none. */
    readonly stacks?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
}

/** What Pulumi's `Mocks` has, both parts there: `call` is for your own mocks to fall back on. */
export interface AwsMocks extends pulumi.runtime.Mocks {
    newResource(args: pulumi.runtime.MockResourceArgs): { id: string; state: Record<string, unknown> };
    call(args: pulumi.runtime.MockCallArgs): Record<string, unknown>;
}

/**
 * Mocks for `pulumi.runtime.setMocks`: every resource has its inputs as outputs, and beside them what AWS would have decided.
 *
 * @example
 * before(() => pulumi.runtime.setMocks(awsMocks({ region: "eu-west-1" })));
 * @throws InvalidInputError with every option that is malformed
 */
export function awsMocks(options: AwsMocksOptions = {}): AwsMocks {
    refuse("awsMocks", argsProblems(optionChecks, options));
    const usual = {
        region: options.region ?? "us-east-1",
        accountId: options.accountId ?? "123456789012",
        partition: options.partition ?? "aws",
    };
    // Of the providers that the program declares, by how their resources refer to them.
    const places = new Map<string, Place>();
    const placeAt = (provider = "") => places.get(`${typeOf(provider)}::${nameOf(provider)}`) ?? usual;
    return {
        newResource: ({ type, name, inputs, id, provider }) => {
            if (type === "pulumi:pulumi:StackReference") return stackOf(options, id || name);
            const given = present(inputs as Record<string, unknown>);
            const seen = { secret: false, unknown: false };
            const row = resources[type] ?? otherResource(type);
            const read = reader(given, name, seen);
            const place = placeAt(provider);
            const { id: decided, ...outputs } = row(read, name, { ...place, region: read("region", place.region) });
            if (/^pulumi:providers:aws(-native)?$/.test(type))
                places.set(`${type}::${name}::${decided}`, providerPlace(read, usual));
            const hide = (outcome: unknown) => {
                const value = seen.unknown ? pulumi.unknown : outcome;
                return seen.secret ? { [signatureKey]: secretSignature, value } : value;
            };
            const state = Object.fromEntries(Object.entries(outputs).map(([key, value]) => [key, hide(value)]));
            // A Stash answers with what it was created with.
            if (type === "pulumi:index:Stash") state.output = given.input;
            return { id: id || (seen.unknown ? "" : decided), state: { ...state, ...given } };
        },
        call: ({ token, inputs, provider: caller }) => {
            const [provider, , called = ""] = token.split(":");
            const row = provider === "aws" || provider === "aws-native" ? calls[called] : undefined;
            if (row !== undefined) return row(inputs as Record<string, string>, placeAt(caller));
            throw new Error(
                `The program calls ${token}, which awsMocks does not know. Answer it in a call of your own, and pass every other on: call: (args) => args.token === "${token}" ? {} : mocks.call(args).`,
            );
        },
    };
}

const optionChecks: Checks = {
    region: fits(
        (value) => typeof value === "string" && isRegion(value),
        "an AWS region",
        "Give a region such as eu-west-1, or leave it out for us-east-1.",
    ),
    accountId: text(
        /^\d{12}$/,
        "the twelve digits of an account",
        "Give them as text, or leave them out for 123456789012.",
    ),
    partition: text(/^aws(-[a-z]+)*$/, "a partition of AWS", "Give one such as aws-cn, or leave it out for aws."),
    stacks: map(
        fits(isRecord, "an object of the stack's outputs", "Give each output that the program reads by its name."),
        () => [],
    ),
};

/** What a stack that the program refers to has. */
function stackOf({ stacks }: AwsMocksOptions, name: string): { id: string; state: Record<string, unknown> } {
    const outputs = stacks?.[name];
    if (outputs === undefined) {
        throw new Error(
            `The program refers to the stack ${name}, whose outputs awsMocks does not know. Give what the program reads of them: awsMocks({ stacks: { ${JSON.stringify(name)}: { streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders" } } }).`,
        );
    }
    return { id: name, state: { name, outputs } };
}

/** Where a provider of the program's own makes its resources: in its region, and in the account of the role that it assumes last. */
function providerPlace(read: Inputs, usual: Place): Place {
    const region = read("region", usual.region);
    const [, accountId = usual.accountId] =
        [...read("assumeRoles", "").matchAll(/arn:[^:]+:iam::(\d{12}):/g)].at(-1) ?? [];
    return { region, accountId, partition: region === usual.region ? usual.partition : partitionOf(region).name };
}

interface Place {
    readonly region: string;
    readonly accountId: string;
    readonly partition: string;
}

/** An input as text, also one that is true or false; where it is not given, what stands in, or the name that Pulumi would choose. */
type Inputs = (key: string, otherwise?: string) => string;
type Decided = { id: string } & Record<string, unknown>;
type ResourceRow = (given: Inputs, name: string, place: Place) => Decided;

/** An input without a value is none. */
function present(inputs: Record<string, unknown>): Record<string, unknown> {
    return Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== null));
}

/** Reads inputs, and notes whether what was read is a secret or not known yet: then what follows from it is, too. */
function reader(inputs: Record<string, unknown>, name: string, seen: { secret: boolean; unknown: boolean }): Inputs {
    return (key, otherwise = `${name}-a1b2c3d`) => {
        let value = inputs[key];
        if (typeof value === "object" && value !== null && signatureKey in value && "value" in value) {
            seen.secret = true;
            value = value.value;
        }
        if (pulumi.isUnknown(value)) seen.unknown = true;
        return typeof value === "string" || typeof value === "boolean" ? String(value) : otherwise;
    };
}

/** A resource that AWS knows by its name, in one region. */
function named(
    service: string,
    prefix: string,
    more: (given: Inputs, arn: string) => object = () => ({}),
): ResourceRow {
    return (given, _, place) => {
        const arn = arnIn(place, service, prefix + given("name"));
        return { id: given("name"), name: given("name"), arn, ...more(given, arn) };
    };
}

const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab";

/** One that the provider knows by its ARN. */
const byArn = (_: Inputs, arn: string) => ({ id: arn });

const resources: Readonly<Record<string, ResourceRow>> = {
    "aws:kinesis/stream:Stream": named("kinesis", "stream/", byArn),
    "aws-native:kinesis:Stream": named("kinesis", "stream/"),
    "aws:kinesis/resourcePolicy:ResourcePolicy": (given) => ({ id: given("resourceArn") }),
    "aws:kinesis/streamConsumer:StreamConsumer": (given, _, place) => {
        const stream = given("streamArn", arnIn(place, "kinesis", "stream/unknown"));
        const arn = `${stream}/consumer/${given("name")}:1700000000`;
        return { id: arn, arn, name: given("name"), creationTimestamp: "2023-11-14T22:13:20Z" };
    },
    "aws:sns/topic:Topic": (given, name, place) => ({
        ...named("sns", "", byArn)(given, name, place),
        owner: place.accountId,
    }),
    "aws:sns/topicPolicy:TopicPolicy": (given, _, { accountId }) => ({ id: given("arn"), owner: accountId }),
    "aws:sns/topicSubscription:TopicSubscription": (given, _, { accountId }) => {
        const arn = `${given("topic")}:11111111-2222-3333-4444-555555555555`;
        return { id: arn, arn, ownerId: accountId, pendingConfirmation: given("protocol") === "email" };
    },
    "aws:cloudwatch/metricAlarm:MetricAlarm": named("cloudwatch", "alarm:"),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": (given, _, place) => {
        const id = given("alarmName");
        return { id, arn: arnIn(place, "cloudwatch", `alarm:${id}`) };
    },
    "aws:cloudwatch/dashboard:Dashboard": (given, _, { partition, accountId }) => {
        const id = given("dashboardName");
        return { id, dashboardArn: `arn:${partition}:cloudwatch::${accountId}:dashboard/${id}` };
    },
    "aws:cloudwatch/logGroup:LogGroup": named("logs", "log-group:"),
    "aws:dynamodb/table:Table": named("dynamodb", "table/"),
    "aws:iam/role:Role": (given, _, { partition, accountId }) => {
        const name = given("name");
        return {
            id: name,
            name,
            arn: `arn:${partition}:iam::${accountId}:role${given("path", "/")}${name}`,
            uniqueId: "AROA1234567890EXAMPLE",
        };
    },
    "aws:iam/rolePolicy:RolePolicy": (given) => ({ id: `${given("role")}:${given("name")}`, name: given("name") }),
    "aws:lambda/function:Function": named("lambda", "function:", (_, arn) => ({
        qualifiedArn: `${arn}:$LATEST`,
        version: "$LATEST",
    })),
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": (given) => ({ id: given("functionName") }),
    "aws:lambda/permission:Permission": (given) => ({ id: given("statementId"), statementId: given("statementId") }),
    "aws:lambda/eventSourceMapping:EventSourceMapping": (given, _, place) => {
        const uuid = "12345678-90ab-cdef-1234-567890abcdef";
        const called = given("functionName");
        const functionArn = called.startsWith("arn:") ? called : arnIn(place, "lambda", `function:${called}`);
        const arn = arnIn(place, "lambda", `event-source-mapping:${uuid}`);
        return {
            id: uuid,
            uuid,
            arn,
            functionArn,
            state: given("enabled", "true") === "true" ? "Enabled" : "Disabled",
        };
    },
    "aws:sqs/queue:Queue": (given, name, place) => {
        const url = `https://sqs.${place.region}.${dnsSuffixOf(place.partition)}/${place.accountId}/${given("name")}`;
        return { ...named("sqs", "")(given, name, place), id: url, url };
    },
    "aws:scheduler/schedule:Schedule": (given, _, place) => {
        const id = `${given("groupName", "default")}/${given("name")}`;
        return { id, name: given("name"), arn: arnIn(place, "scheduler", `schedule/${id}`) };
    },
    "aws:kms/key:Key": (_, __, place) => ({ id: keyId, keyId, arn: arnIn(place, "kms", `key/${keyId}`) }),
};

/** Anything else: components, and what a program declares beside the components. */
function otherResource(type: string): ResourceRow {
    const [provider, module = ""] = type.split(":");
    const service = module.split("/")[0]!;
    if (provider === "aws" || provider === "aws-native") return named(service, "");
    return (given) => ({ id: given("name") });
}

type CallRow = (asked: Readonly<Record<string, string | undefined>>, place: Place) => Record<string, unknown>;

/** One function of one provider, by its last name. */
const calls: Readonly<Record<string, CallRow>> = {
    getRegion: (asked, place) => {
        const region = asked.region ?? place.region;
        return { id: region, region, name: region };
    },
    getCallerIdentity: (_, { partition, accountId }) => ({
        id: accountId,
        accountId,
        arn: `arn:${partition}:iam::${accountId}:user/test`,
        userId: "AIDA1234567890EXAMPLE",
    }),
    getAccountId: (_, { accountId }) => ({ accountId }),
    getPartition: (_, { partition }) => ({
        id: partition,
        partition,
        dnsSuffix: dnsSuffixOf(partition),
    }),
    getKey: ({ keyId: asked = "" }, place) => {
        const id = asked.includes("alias/") ? keyId : asked.replace(/^.*:key\//, "");
        return { id, keyId: id, arn: arnIn(place, "kms", `key/${id}`) };
    },
};
