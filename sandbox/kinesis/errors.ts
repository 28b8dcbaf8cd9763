/**
 * Kinesis's refusals, and how their sentences name a stream.
 */
import { type Ambient, refusalNamed } from "../service";

export const invalidArgument = refusalNamed("InvalidArgumentException");
export const invalid = refusalNamed("ValidationException");
export const inUse = refusalNamed("ResourceInUseException");
export const limitExceeded = refusalNamed("LimitExceededException");
export const notFound = refusalNamed("ResourceNotFoundException");
export const throughputExceeded = refusalNamed("ProvisionedThroughputExceededException");

/** `orders under account 123456789012` */
export const under = ({ ambient }: { readonly ambient: Ambient }, streamName: string): string =>
    `${streamName} under account ${ambient.accountId}`;
