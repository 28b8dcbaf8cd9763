/**
 * Dashboards: kept as they come, after their body was found valid.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html, read 2026-11.
 */
import { AwsError } from "../service";

export interface DashboardProblem {
    readonly DataPath: string;
    readonly Message: string;
}

/** @throws AwsError (InvalidParameterInput) that lists every problem with its path */
export function validateDashboard(body: string): void {
    let parsed: unknown;
    try {
        parsed = JSON.parse(body);
    } catch {
        throw dashboardError("The field DashboardBody must be a valid JSON object", []);
    }
    const problems = dashboardProblems(parsed);
    if (problems.length === 0) return;
    const shown = problems.map(({ DataPath, Message }) => ({ dataPath: DataPath, message: Message }));
    throw dashboardError(
        `The dashboard body is invalid, there are ${problems.length} validation errors: ${JSON.stringify(shown)}`,
        problems,
    );
}

function dashboardError(message: string, problems: readonly DashboardProblem[]): AwsError {
    return new AwsError("DashboardInvalidInputError", message, 400, "InvalidParameterInput", {
        dashboardValidationMessages: problems,
    });
}

const widgetsMax = 500;
const gridColumns = 24;
const gridRowsMax = 1_000;

type Report = (path: string, message: string) => void;
type Properties = Readonly<Record<string, unknown>>;

/** What each type of widget must have. */
const widgetRows: Readonly<Record<string, (properties: Properties, path: string, report: Report) => void>> = {
    metric: metricWidgetProblems,
    text: (properties, path, report) => requireString(properties, "markdown", path, report),
    log: (properties, path, report) => {
        for (const name of ["query", "region"]) requireString(properties, name, path, report);
    },
    alarm: (properties, path, report) => {
        if (!Array.isArray(properties.alarms)) report(path, "Should have required property 'alarms'");
    },
    custom: (properties, path, report) => requireString(properties, "endpoint", path, report),
    explorer: (properties, path, report) => {
        if (!Array.isArray(properties.metrics)) report(path, "Should have required property 'metrics'");
    },
};

function dashboardProblems(body: unknown): DashboardProblem[] {
    const problems: DashboardProblem[] = [];
    const report: Report = (DataPath, Message) => problems.push({ DataPath, Message });
    if (!isObject(body)) return [{ DataPath: "", Message: "Should be object" }];
    const widgets = body.widgets;
    if (!Array.isArray(widgets)) return [{ DataPath: "", Message: "Should have required property 'widgets'" }];
    if (widgets.length > widgetsMax) report("/widgets", `Should NOT have more than ${widgetsMax} items`);
    widgets.forEach((widget: unknown, index) => widgetProblems(widget, `/widgets/${index}`, report));
    return problems;
}

function widgetProblems(widget: unknown, path: string, report: Report): void {
    if (!isObject(widget)) return report(path, "Should be object");
    const { type, x, y, width, height, properties } = widget;
    if (typeof type !== "string" || !Object.hasOwn(widgetRows, type)) {
        return report(
            `${path}/type`,
            `Should be equal to one of the allowed values: ${Object.keys(widgetRows).join(", ")}`,
        );
    }
    const bounds: [string, unknown, number, number][] = [
        ["x", x, 0, gridColumns - 1],
        ["y", y, 0, Infinity],
        ["width", width, 1, gridColumns],
        ["height", height, 1, gridRowsMax],
    ];
    for (const [name, value, min, max] of bounds) {
        if (value === undefined) continue;
        if (!Number.isInteger(value)) report(`${path}/${name}`, "Should be integer");
        else if ((value as number) < min) report(`${path}/${name}`, `Should be >= ${min}`);
        else if ((value as number) > max) report(`${path}/${name}`, `Should be <= ${max}`);
    }
    if (typeof x === "number" && typeof width === "number" && x + width > gridColumns)
        report(path, `Should fit the ${gridColumns} columns of the grid: x ${x} + width ${width}`);

    if ((x === undefined) !== (y === undefined)) report(path, "Should have both x and y, or neither");
    if (!isObject(properties)) return report(path, "Should have required property 'properties'");
    widgetRows[type]!(properties, `${path}/properties`, report);
}

function metricWidgetProblems(properties: Properties, path: string, report: Report): void {
    requireString(properties, "region", path, report);
    const { metrics, annotations, view, period, stat, yAxis } = properties;
    const watchesAlarms = isObject(annotations) && Array.isArray(annotations.alarms);
    if (metrics === undefined && !watchesAlarms) report(path, "Should have required property 'metrics'");
    if (metrics !== undefined && !Array.isArray(metrics)) report(`${path}/metrics`, "Should be array");
    if (Array.isArray(metrics))
        metrics.forEach((metric: unknown, index) => metricProblems(metric, `${path}/metrics/${index}`, report));

    const views = ["timeSeries", "singleValue", "gauge", "bar", "pie", "table"];
    if (view !== undefined && !views.includes(view as string))
        report(`${path}/view`, `Should be equal to one of the allowed values: ${views.join(", ")}`);

    if (period !== undefined && !(Number.isInteger(period) && (period as number) >= 1))
        report(`${path}/period`, "Should be integer");

    if (stat !== undefined && typeof stat !== "string") report(`${path}/stat`, "Should be string");
    if (yAxis !== undefined && !isObject(yAxis)) report(`${path}/yAxis`, "Should be object");
    const horizontal = isObject(annotations) ? annotations.horizontal : undefined;
    if (Array.isArray(horizontal)) {
        horizontal.flat().forEach((line: unknown, index) => {
            const valid = isObject(line) && typeof line.value === "number";
            if (!valid) report(`${path}/annotations/horizontal/${index}`, "Should have required property 'value'");
        });
    }
}

/** `["AWS/Kinesis", "IncomingBytes", "StreamName", "orders", { stat: "Sum" }]` or `[{ expression: "m1 / 60" }]`. */
function metricProblems(metric: unknown, path: string, report: Report): void {
    if (!Array.isArray(metric) || metric.length === 0) return report(path, "Should be array");
    const last: unknown = metric.at(-1);
    const options = isObject(last) ? last : undefined;
    const names: unknown[] = options ? metric.slice(0, -1) : metric;
    if (names.length === 0) {
        if (typeof options?.expression !== "string") report(`${path}/0`, "Should have required property 'expression'");
    } else if (!names.every((name) => typeof name === "string")) {
        report(path, "Should hold strings and, at the end, an object");
    } else if (names.length < 2 || names.length % 2 !== 0) {
        report(path, "Should have a namespace, a metric name, and a name and a value for each dimension");
    }
    const id = options?.id;
    if (id !== undefined && !(typeof id === "string" && /^[a-z]\w*$/.test(id)))
        report(`${path}/${metric.length - 1}/id`, "Should match pattern ^[a-z][a-zA-Z0-9_]*$");
}

function requireString(properties: Properties, name: string, path: string, report: Report): void {
    if (typeof properties[name] !== "string") report(path, `Should have required property '${name}'`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
