/**
 * Grants: a ready policy document on a role, as a child of the stream's component.
 */
import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { readerProblems, roleProblems } from "../../capacity/access";
import { comingLater } from "../../capacity/checks";
import { grantName } from "../../capacity/names";
import { nameInProgram, withFormerNames } from "../formerNames";
import { errorOf, given, isPlain, mapInput, titleOf } from "../inputs";
import {
    consumerPolicy,
    eventSourcePolicy,
    flinkPolicy,
    kclPolicy,
    producerPolicy,
    type StreamIdentity,
} from "./documents";

/** An application of the Kinesis Client Library. */
export interface KclReader {
    /** Name of the application, plain: the lease table has it, and the namespace of its metrics. */
    readonly applicationName: string;
    /** Name of the consumer of enhanced fan-out that it reads as; one that is not among `consumers` it registers itself. Default: none, it polls. */
    readonly fanOutConsumer?: string | undefined;
}

/** An event source mapping of a Lambda function. */
export interface EventSourceReader {
    /** Name of the registered consumer that the mapping is on, one of `consumers`. Default: none, it is on the stream. */
    readonly fanOutConsumer?: string | undefined;
    /** ARN of the queue or the topic that the mapping tells of records that it gave up. A grant is of one: allow the role another one with `eventSourcePolicy`. Default: nobody is told. */
    readonly failureDestinationArn?: pulumi.Input<string | undefined>;
}

/** An Apache Flink application. */
export interface FlinkReader {
    /** Name of the consumer of enhanced fan-out that it reads as; one that is not among `consumers` it registers, and removes, itself. Default: none, it polls. */
    readonly fanOutConsumer?: string | undefined;
}

/** What a role reads with: any client, as any registered consumer, where nothing is said. */
export type Reader =
    | { readonly as?: undefined }
    | ({ readonly as: "kcl" } & KclReader)
    | ({ readonly as: "eventSource" } & EventSourceReader)
    | ({ readonly as: "flink" } & FlinkReader);

/** What grants know of a stream. */
export interface Granted {
    readonly component: pulumi.ComponentResource;
    readonly name: string;
    readonly identity: pulumi.Output<{ streamArn: string; kmsKeyId: string }>;
    readonly consumers: readonly string[];
}

/** The document of somebody who reads. @throws pulumi.InputPropertiesError */
export function readerPolicy(to: Granted, reader: Reader): pulumi.Output<string> {
    const { identity, consumers } = to;
    reader = given(reader);
    const failureDestinationArn = reader.as === "eventSource" ? reader.failureDestinationArn : undefined;
    const client = withoutDestination(reader);
    checkReader(to, isPlain(failureDestinationArn) ? reader : client);
    if (reader.as === undefined) return identity.apply((stream) => consumerPolicy({ ...stream, consumers }));
    const { fanOutConsumer } = reader;
    const registered = fanOutConsumer !== undefined && consumers.includes(fanOutConsumer);
    const documentOf = (stream: StreamIdentity, destinationArn: string | undefined) => {
        if (reader.as === "flink") return flinkPolicy({ ...stream, fanOutConsumer, registered });
        if (reader.as === "kcl") return kclPolicy({ ...stream, ...reader, registered });
        checkReader(to, { ...client, failureDestinationArn: destinationArn });
        return eventSourcePolicy({ ...stream, fanOutConsumer, failureDestinationArn: destinationArn });
    };
    return pulumi.output(
        mapInput({ identity, failureDestinationArn }, (known) =>
            documentOf(known.identity, known.failureDestinationArn),
        ),
    );
}

function checkReader({ component, consumers }: Granted, reader: object): void {
    const shown = Object.entries(reader).map(([key, value]) => [key, shownPlain(value)]);
    const problems = readerProblems(Object.fromEntries(shown), consumers);
    if (problems.length > 0) throw errorOf(component, problems);
}

/** The client itself: of it the grant is called. Where the mapping tells its failures may come later, and changes in place. */
function withoutDestination(reader: Reader): object {
    return Object.fromEntries(Object.entries(reader).filter(([key]) => key !== "failureDestinationArn"));
}

export function grantRead(to: Granted, role: iam.Role | string, reader: Reader): iam.RolePolicy {
    reader = given(reader);
    return grant(to, "read", role, reader, readerPolicy(to, reader));
}

export function grantWrite(to: Granted, role: iam.Role | string): iam.RolePolicy {
    return grant(to, "write", role, {}, to.identity.apply(producerPolicy));
}

function grant(
    { component, name }: Granted,
    verb: "read" | "write",
    role: iam.Role | string,
    reader: Reader,
    policy: pulumi.Output<string>,
): iam.RolePolicy {
    const problems = iam.Role.isInstance(role) ? [] : roleProblems(shownPlain(role));
    if (problems.length > 0) throw errorOf(component, problems);
    const client = withoutDestination(reader);
    const policyName = (stream: string, granted: string) => grantName(stream, verb, granted, client);
    if (typeof role === "string") {
        const formerly = withFormerNames({ parent: component }, (stream) => policyName(stream, role));
        return new iam.RolePolicy(policyName(name, role), { role, policy }, formerly);
    }
    const formerly = withFormerNames({ parent: component }, policyName, role);
    return new iam.RolePolicy(policyName(name, nameInProgram(role)), { role: role.name, policy }, formerly);
}

/** What comes later cannot be in the name of a child. */
function shownPlain(value: unknown): unknown {
    if (pulumi.Resource.isInstance(value)) return Symbol(titleOf(value));
    return pulumi.Output.isInstance(value) ? comingLater : value;
}
