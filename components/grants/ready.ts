/**
 * The ready policy documents for streams that no ShardedStream of the program declares: of another stack, or of another account.
 */
import * as pulumi from "@pulumi/pulumi";
import { policyProblems } from "../../capacity/access";
import { refuse } from "../../capacity/problems";
import { given, onlyKnown } from "../inputs";
import * as documents from "./documents";
import * as sharing from "./sharing";

/** Each may come later. */
export type Inputs<T> = { readonly [K in keyof T]: pulumi.Input<T[K]> };

/** IAM policy document, as JSON, of someone who writes to a stream. */
export function producerPolicy(args: Inputs<documents.StreamIdentity>): pulumi.Output<string> {
    return ready("producerPolicy", args, documents.producerPolicy);
}

/** IAM policy document, as JSON, of someone who reads a stream, as one of its registered consumers too. */
export function consumerPolicy(args: Inputs<documents.StreamIdentity & documents.Consumers>): pulumi.Output<string> {
    return ready("consumerPolicy", args, documents.consumerPolicy);
}

/** IAM policy document, as JSON, of an application of the Kinesis Client Library, 2 or 3, with its tables and metrics. */
export function kclPolicy(args: Inputs<documents.StreamIdentity & documents.KclApplication>): pulumi.Output<string> {
    return ready("kclPolicy", args, documents.kclPolicy);
}

/** IAM policy document, as JSON, of a Lambda function with an event source mapping on a stream or on a registered consumer. */
export function eventSourcePolicy(
    args: Inputs<documents.StreamIdentity & documents.EventSource>,
): pulumi.Output<string> {
    return ready("eventSourcePolicy", args, documents.eventSourcePolicy);
}

/** IAM policy document, as JSON, of an Apache Flink application's source. */
export function flinkPolicy(args: Inputs<documents.StreamIdentity & documents.FanOut>): pulumi.Output<string> {
    return ready("flinkPolicy", args, documents.flinkPolicy);
}

/** Policy, as JSON, of the customer managed key of a stream with `readers` or `writers` of other accounts. */
export function sharedKeyPolicy(
    args: { readonly streamArn: pulumi.Input<string> } & sharing.SharingArgs,
): pulumi.Output<string> {
    return ready("sharedKeyPolicy", args, sharing.sharedKeyPolicy);
}

/** The document once everything is known, and well-formed. */
function ready<T extends object>(
    called: string,
    args: pulumi.Input<object>,
    documentOf: (known: T) => string,
): pulumi.Output<string> {
    return pulumi.output(args).apply((settled) => {
        const known = given(settled);
        refuse(called, policyProblems(onlyKnown(known)));
        return documentOf(known as T);
    });
}
