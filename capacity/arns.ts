/** The parts of ARNs. */

export interface Arn {
    readonly partition: string;
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
    const [, partition = "", , region = "", accountId = "", ...resource] = (arn ?? "").split(":");
    return { partition, region, accountId, resource: resource.join(":") };
}

/** The ARN of something of another service in the partition, region and account of a given one. */
export function arnBeside(arn: string, service: string, resource: string): string {
    const { partition, region, accountId } = parseArn(arn);
    return `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
}

/** The name of a stream that is given by its name or its ARN. */
export function streamNameOf(nameOrArn: string): string {
    return isArn(nameOrArn) ? parseArn(nameOrArn).resource.replace(/^stream\//, "") : nameOrArn;
}

export function isArn(text: string): boolean {
    return text.startsWith("arn:");
}
