/**
 * Which stream a call is about, however it says so: by name, by an ARN, or in a token that an earlier call gave.
 */
import { type CallInput, textOf } from "../service";
import { streamNameOfIterator } from "./iterators";
import { partsOf } from "./shapes";

/** @throws AwsError (InvalidArgumentException) for a token that is none */
export function streamNamed(operation: string, input: CallInput): string | undefined {
    const arn = textOf(input, "StreamARN") ?? textOf(input, "ConsumerARN");
    const iterator = textOf(input, "ShardIterator");
    const token = operation === "ListShards" ? textOf(input, "NextToken") : undefined;
    return (
        textOf(input, "StreamName") ??
        (arn !== undefined ? /:stream\/([^/]+)/.exec(arn)?.[1] : undefined) ??
        (iterator !== undefined ? streamNameOfIterator(iterator) : undefined) ??
        (token !== undefined ? partsOf(token)[0] : undefined)
    );
}
