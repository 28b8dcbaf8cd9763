/**
 * What functions print, and what Lambda adds to it, as events of CloudWatch Logs.
 */
import { type LogLine } from "./environment";
import { type Account, type LambdaFunction, logGroupOf, type Worker } from "./state";

/** As in Lambda, what the role may not write is lost. */
export function writeLog(
    { ambient, iam, logs }: Account,
    fn: LambdaFunction,
    { session, logStream }: Omit<Worker, "environment">,
    line: LogLine,
): void {
    const group = logGroupOf(fn);
    const base = `arn:${ambient.partition}:logs:${ambient.region}:${ambient.accountId}:log-group:${group}`;
    const may = (action: string, resource: string): boolean =>
        iam.verdict(session.roleName, { action, resource }) === "allow";
    if (!logs.hasGroup(group) && !may("logs:CreateLogGroup", `${base}:*`)) return;
    const stream = `${base}:log-stream:${logStream}`;
    if (!may("logs:CreateLogStream", stream) || !may("logs:PutLogEvents", stream)) return;
    logs.append(group, logStream, [{ timeMs: line.timeMs, message: messageOf(fn, line) }]);
}

/** The last 4 KiB of what an invocation wrote, as Invoke gives it back. */
export function logTail({ logs }: Account, fn: LambdaFunction, requestId: string): string {
    return logs
        .eventsOf(logGroupOf(fn))
        .map(({ message }) => message)
        .filter((message) => message.includes(requestId))
        .join("\n")
        .slice(-4_096);
}

/** A line as Lambda writes it: text with time, request and level, or one JSON object. */
function messageOf(fn: LambdaFunction, { requestId, level, text, timeMs }: LogLine): string {
    const timestamp = new Date(timeMs).toISOString();
    if (fn.configuration.LoggingConfig?.LogFormat !== "JSON")
        return level === undefined ? text : `${timestamp}\t${requestId}\t${level}\t${text}`;

    // An embedded metric stays as it is, or it would be none.
    if (level === undefined || text.includes('"_aws"')) return text;
    return JSON.stringify({ timestamp, level, requestId, message: text });
}
