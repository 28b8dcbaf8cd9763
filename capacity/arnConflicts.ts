/**
 * The ARNs, the names and the region of one component, which have to be of one stream and where that is.
 */
import { isArn, parseArn } from "./arns";
import { record } from "./checks";
import { type Problem, problem } from "./problems";
import { isRegion } from "./regions";

/** Alarms and a scaler see no stream of another region, and speak to nothing there. */
export function regionConflicts(args: unknown, property?: "stream" | "streamArn"): Problem[] {
    const { region: given, notifications, topicArn, scalerFunctionArn, ...others } = record(args);
    const of = property && regionOf(others[property]);
    if (typeof given === "string" && of !== undefined && of !== given)
        return [problem("region", given, `${of}, the region of ${property}`, "Leave it out, or give the stream's.")];
    const region = typeof given === "string" ? given : of;
    // A malformed one is told by itself.
    if (region === undefined || !isRegion(region)) return [];
    const { topicArn: alarmsTopicArn } = record(notifications);
    return elsewhere({ "notifications.topicArn": alarmsTopicArn, topicArn, scalerFunctionArn }, region);
}

/** A scaler with the name of one stream and the ARN of another would read the one's metrics and reshard the other. */
export function streamConflicts(args: unknown): Problem[] {
    const { streamName, streamArn } = record(args);
    if (typeof streamName !== "string" || typeof streamArn !== "string") return [];
    const named = streamArn.replace(/^.*:stream\//, "");
    if (named === streamArn || named === streamName) return [];
    const fix = "Give name and ARN of the same stream.";
    return [problem("streamName", streamName, `the stream of streamArn (${named})`, fix)];
}

/**
 * What is wrong with ARNs of arguments without a region, where the provider has one.
 *
 * @param arns by property; of the stream as `stream` or `streamArn`
 */
export function providerRegionProblems(arns: Readonly<Record<string, unknown>>, provider: string): Problem[] {
    for (const property of ["stream", "streamArn"]) {
        const of = regionOf(arns[property]);
        if (of === undefined || of === provider) continue;
        const allowed = `${of}, the region of ${property}, where the provider has ${provider}`;
        return [problem("region", undefined, allowed, `Give region: "${of}", or a provider of that region.`)];
    }
    return elsewhere(arns, provider);
}

/** The ARNs of another region. */
function elsewhere(arns: Readonly<Record<string, unknown>>, region: string): Problem[] {
    return Object.entries(arns).flatMap(([property, arn]) => {
        const of = regionOf(arn);
        if (of === undefined || of === region) return [];
        const fix =
            "CloudWatch and the scaler speak to nothing in another region. Give one that is where the stream is.";
        return [problem(property, of, `of ${region}`, fix)];
    });
}

/** The region of an ARN; undefined of a name, and of what is not known yet. */
function regionOf(arn: unknown): string | undefined {
    return typeof arn === "string" && isArn(arn) ? parseArn(arn).region || undefined : undefined;
}
