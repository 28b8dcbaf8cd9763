/**
 * Who may use a stream beside its own account's administrators: what is malformed about readers, writers and roles.
 */
import { argsProblems, type Check, fits, flag, list, notYetKnown, object, oneOf, plain, record, text } from "./checks";
import {
    destinationArn,
    isAwsManagedKey,
    kinesisNameCharactersMax,
    kinesisNamePattern,
    kmsKeyId,
    streamArn,
} from "./identifiers";
import { type Problem, problem } from "./problems";

/** A name of a stream or a consumer, or what one is made of by adding so many characters. */
export const kinesisName = (fix: string, charactersAdded = 0): Check => {
    const most = kinesisNameCharactersMax - charactersAdded;
    return fits(
        (value) => typeof value === "string" && kinesisNamePattern.test(value) && value.length <= most,
        `1 to ${most} letters, digits, underscores, dots and hyphens`,
        fix,
    );
};

const principal = text(
    /^(\d{12}|arn:[^:]+:iam::\d{12}:(root|(role|user)\/[\w+=,.@/-]+))$/,
    "the ID of an account, or the ARN of a role or a user",
    'Give twelve digits as text, such as "210987654321", or an ARN such as arn:aws:iam::210987654321:role/billing.',
);

const readerConsumer = plain(kinesisName("Give the name of a registered consumer."));

export const readersCheck = plain(
    list(
        plain(object({ principal, consumer: readerConsumer }, ["principal"])),
        'List readers, such as { principal: "210987654321" }.',
    ),
);

export const writersCheck = plain(list(principal, "List IDs of accounts, or ARNs of roles and users."));

/** What other accounts need that the rest of the arguments does not give. */
export function sharingConflicts(args: unknown): Problem[] {
    const { readers, writers, consumers, kmsKeyId: keyId, hold } = record(args);
    const given = (value: unknown) => Array.isArray(value) && value.length > 0;
    const shared = (["readers", "writers"] as const).filter((name) => given(record(args)[name]));
    if (shared.length === 0) return [];
    const problems: Problem[] = [];
    const key = keyId ?? undefined;
    if (key === undefined || (typeof key === "string" && isAwsManagedKey(key))) {
        const fix =
            "alias/aws/kinesis, the key that AWS manages, admits its own account alone. Create a key, with the policy that sharedKeyPolicy gives.";
        problems.push(problem("kmsKeyId", key, `a customer managed key beside ${shared.join(" and ")}`, fix));
    }
    if (hold === true) {
        const fix = "Share it once it is no longer held: its policy is a part of the stream.";
        problems.push(
            ...shared.map((name) => problem(name, { readers, writers }[name], "left out with hold: true", fix)),
        );
    }
    if (consumers === notYetKnown) return problems;
    const registered: readonly unknown[] = Array.isArray(consumers) ? consumers : [];
    const named = Array.isArray(readers) ? readers.map((reader) => record(reader).consumer) : [];
    named.forEach((consumer, index) => {
        if (typeof consumer === "string" && !registered.includes(consumer))
            problems.push(problem(`readers[${index}].consumer`, consumer, ofConsumers(registered), addConsumer));
    });
    return problems;
}

const addConsumer = "Add it to consumers, or name one that is there.";

function ofConsumers(consumers: readonly unknown[]): string {
    return consumers.length === 0 ? "left out where no consumer is registered" : `one of ${consumers.join(", ")}`;
}

/** Every problem of what a role is to read with. */
export function readerProblems(reader: unknown, consumers: readonly string[]): Problem[] {
    const { as } = record(reader);
    const fanOutConsumer = kinesisName("Give the consumer's name, plain, not its ARN.");
    const kinds = {
        kcl: object({ as: known, applicationName, fanOutConsumer }, ["applicationName"]),
        eventSource: object({ as: known, fanOutConsumer, failureDestinationArn }),
        flink: object({ as: known, fanOutConsumer }),
    };
    const malformed = as === undefined ? object({ as: known }) : kinds[as as keyof typeof kinds];
    const problems = malformed === undefined ? known("reader.as", as) : malformed("reader", reader);
    const { fanOutConsumer: consumer } = record(reader);
    if (problems.length > 0 || as !== "eventSource" || consumer === undefined) return problems;
    // Lambda registers none.
    if (consumers.includes(consumer as string)) return problems;
    return [problem("reader.fanOutConsumer", consumer, ofConsumers(consumers), addConsumer)];
}

const known = oneOf(["kcl", "eventSource", "flink"], "Say what the role reads with, or leave it out for any client.");

/** The longest table of an application is called APPLICATION-WorkerMetricStats. */
const applicationName = text(
    /^[a-zA-Z0-9_.-]{3,237}$/,
    "3 to 237 letters, digits, underscores, dots and hyphens, as DynamoDB takes for its tables",
    "Give the application's name, plain.",
);

/** Every problem of a role that is given by its name. */
export function roleProblems(role: unknown): Problem[] {
    const check = fits(
        (value) => typeof value === "string" && /^[\w+=,.@-]{1,64}$/.test(value),
        "an aws.iam.Role, or the name of a role, plain",
        "Give the role itself, or its name without the rest of its ARN.",
    );
    return check("role", role);
}

/** Every problem of what a ready policy document is asked for; each document knows some of it. */
export function policyProblems(args: unknown): Problem[] {
    const name = kinesisName("Give the consumer's name, not its ARN.");
    const checks = {
        streamArn: streamArn("Give the stream's arn, such as arn:aws:kinesis:us-east-1:123456789012:stream/orders."),
        kmsKeyId,
        consumers: list(name, "List the consumers' names."),
        fanOutConsumer: name,
        failureDestinationArn,
        registered: flag,
        applicationName,
        accountId: text(/^\d{12}$/, "the twelve digits of an account", "Leave it out for the stream's account."),
        readers: readersCheck,
        writers: writersCheck,
    };
    return argsProblems(checks, args, ["streamArn"]);
}

const failureDestinationArn = destinationArn("Give the ARN of the mapping's failure destination, or leave it out.");
