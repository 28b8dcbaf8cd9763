/** The parts of ARNs. */

export interface Arn {
    readonly partition: string;
    /** As `kinesis`. */
    readonly service: string;
    readonly region: string;
    readonly accountId: string;
    /** What comes after the account: `stream/orders`. */
    readonly resource: string;
}

/**
 * What a text lacks stays empty: a mock of a unit test may know no ARN at all.
 *
 * @example parseArn("arn:aws:kinesis:us-east-1:123456789012:stream/orders").resource // "stream/orders"
 */
export function parseArn(arn: string | undefined): Arn {
    const [, partition = "", service = "", region = "", accountId = "", ...resource] = (arn ?? "").split(":");
    return { partition, service, region, accountId, resource: resource.join(":") };
}

/** The ARN of something of another service in the partition, region and account of a given one. */
export function arnBeside(arn: string, service: string, resource: string): string {
    return arnIn(parseArn(arn), service, resource);
}

/** The ARN of something of a service in a region of an account. */
export function arnIn(
    { partition, region, accountId }: Pick<Arn, "partition" | "region" | "accountId">,
    service: string,
    resource: string,
): string {
    return `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
}

/** The name of a stream that is given by its name or its ARN. */
export function streamNameOf(nameOrArn: string): string {
    return isArn(nameOrArn) ? parseArn(nameOrArn).resource.replace(/^stream\//, "") : nameOrArn;
}

/** The name in a stream's ARN; undefined in that of anything else, a consumer's too. */
export function streamNameIn(arn: string): string | undefined {
    return /^stream\/([^/]+)$/.exec(parseArn(arn).resource)?.[1];
}

/** The name in a registered consumer's ARN, which ends with the time of its registration: `stream/orders/consumer/billing:1700000000`. */
export function consumerNameIn(arn: string): string | undefined {
    return /\/consumer\/([^/:]+)/.exec(parseArn(arn).resource)?.[1];
}

export function isArn(text: string): boolean {
    return text.startsWith("arn:");
}
