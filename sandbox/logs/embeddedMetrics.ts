/**
 * The embedded metric format: a JSON log line that declares which of its members are metrics.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html, read 2026-11.
 */
import { standardUnits } from "../cloudwatch/store";
import { type MetricDatum } from "../service";

interface MetricLine extends Readonly<Record<string, unknown>> {
    readonly _aws?: { readonly Timestamp?: number; readonly CloudWatchMetrics?: readonly Directive[] };
}

interface Directive {
    readonly Namespace?: string;
    readonly Dimensions?: string[][];
    readonly Metrics?: readonly { readonly Name: string; readonly Unit?: string }[];
}

/** The metrics of a log line; none if it declares none. */
export function embeddedMetrics({ message, timeMs }: { message: string; timeMs: number }): MetricDatum[] {
    const line = metricLineIn(message);
    const declaredMs = line?._aws?.Timestamp ?? timeMs;
    return (line?._aws?.CloudWatchMetrics ?? []).flatMap((directive) => metricsOf(line!, directive, declaredMs));
}

function metricLineIn(message: string): MetricLine | undefined {
    // A function's runtime writes time, request and level before the line.
    const start = message.indexOf("{");
    if (start < 0 || !message.includes('"_aws"')) return undefined;
    try {
        return JSON.parse(message.slice(start)) as MetricLine;
    } catch {
        return undefined;
    }
}

function metricsOf(line: MetricLine, { Namespace, Dimensions, Metrics }: Directive, timeMs: number): MetricDatum[] {
    if (typeof Namespace !== "string" || !Array.isArray(Metrics)) return [];
    const dimensionSets = (Array.isArray(Dimensions) && Dimensions.length > 0 ? Dimensions : [[]])
        // A dimension without a value makes the whole set invalid.
        .filter((names) => names.every((name) => ["string", "number"].includes(typeof line[name])))
        .map((names) => Object.fromEntries(names.map((name) => [name, String(line[name])])));
    const metrics = (Metrics as NonNullable<Directive["Metrics"]>).flatMap(({ Name, Unit }) => {
        const values = [line[Name]].flat().filter((value) => typeof value === "number");
        const unit = Unit !== undefined && standardUnits.includes(Unit) ? Unit : "None";
        return values.map((value) => ({ namespace: Namespace, metricName: Name, value, unit, timeMs }));
    });
    return dimensionSets.flatMap((dimensions) => metrics.map((metric) => ({ ...metric, dimensions })));
}
