/**
 * The processes of a function: one for each invocation that runs at the same time, kept warm for the next. What they print goes to CloudWatch Logs.
 */
import { randomUUID } from "node:crypto";

import { lambdaPrincipal } from "../eventsources/state";
import { runIn, taskRootOf } from "./code";
import { ExecutionEnvironment, type LogLine } from "./environment";
import { HandlerEnvironment } from "./handlers";
import { arnOf, inBackground } from "../service";
import { type Account, type LambdaFunction, logGroupOf, memoryOf, timeoutOf, type Worker } from "./state";

/** The concurrency of a new account, here also what a machine can bear; and of one that is not new. */
const concurrencyMax = 10;
const handlerConcurrencyMax = 1_000;

/** An idle worker, or a new one; undefined where the function's concurrency allows no more. @throws AwsError if the role is gone */
export function workerFor(account: Account, fn: LambdaFunction): Worker | undefined {
    fn.workers = fn.workers.filter(({ environment }) => !environment.broken || environment.busy);
    const idle = fn.workers.find(({ environment }) => !environment.busy && !environment.broken);
    if (idle) return idle;
    const most = account.handlers.has(fn.name) ? handlerConcurrencyMax : concurrencyMax;
    const allowed = Math.min(fn.reservedConcurrency ?? most, most);
    if (fn.workers.length >= allowed) return undefined;
    const worker = newWorker(account, fn);
    fn.workers.push(worker);
    return worker;
}

/** Lets no process take another invocation: what runs goes on to its end. */
export function retire(account: Account, fn: LambdaFunction): void {
    for (const worker of fn.workers) {
        if (worker.environment.busy) worker.environment.broken = true;
        else end(account, fn, worker);
    }
}

export function end(account: Account, fn: LambdaFunction, { environment, session }: Worker): void {
    fn.workers = fn.workers.filter((each) => each.environment !== environment);
    account.iam.sessions.close(session.accessKeyId);
    inBackground(account.underWay, environment.stop());
}

function newWorker(account: Account, fn: LambdaFunction): Worker {
    const { clock } = account.ambient;
    const session = account.iam.assume(fn.configuration.Role, lambdaPrincipal, fn.name);
    const date = new Date(clock.nowMs()).toISOString().slice(0, 10).replace(/-/g, "/");
    const own = { session, logStream: `${date}/[$LATEST]${randomUUID().replace(/-/g, "")}` };
    if (account.handlers.has(fn.name)) {
        const handlerNow = () => account.handlers.get(fn.name)!;
        return { ...own, environment: new HandlerEnvironment(handlerNow, clock, timeoutOf(fn)) };
    }
    const environment = new ExecutionEnvironment({
        clock,
        taskRoot: taskRootOf(fn.code),
        memoryMiB: memoryOf(fn),
        timeoutSeconds: timeoutOf(fn),
        variables: variablesOf(account, fn, own),
        functionArn: fn.arn,
        onLog: (line) => writeLog(account, fn, own, line),
    });
    runIn(fn.code, environment.exited);
    return { ...own, environment };
}

function variablesOf(
    { ambient: { region }, endpoint }: Account,
    fn: LambdaFunction,
    { session, logStream }: Omit<Worker, "environment">,
): Record<string, string> {
    return {
        ...fn.configuration.Environment?.Variables,
        AWS_LAMBDA_FUNCTION_NAME: fn.name,
        AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryOf(fn)),
        AWS_LAMBDA_LOG_GROUP_NAME: logGroupOf(fn),
        AWS_LAMBDA_LOG_STREAM_NAME: logStream,
        AWS_EXECUTION_ENV: `AWS_Lambda_${fn.configuration.Runtime}`,
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        AWS_ACCESS_KEY_ID: session.accessKeyId,
        AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
        AWS_SESSION_TOKEN: session.sessionToken,
        AWS_ENDPOINT_URL: endpoint() ?? "",
        AWS_EC2_METADATA_DISABLED: "true",
        LAMBDA_TASK_ROOT: taskRootOf(fn.code),
        _HANDLER: fn.configuration.Handler,
        PATH: process.env.PATH ?? "",
        HOME: fn.code.folder,
        TZ: ":UTC",
        LANG: "en_US.UTF-8",
    };
}

/** As in Lambda, what the role may not write is lost. */
export function writeLog(
    { ambient, iam, logs }: Account,
    fn: LambdaFunction,
    { session, logStream }: Omit<Worker, "environment">,
    line: LogLine,
): void {
    const group = logGroupOf(fn);
    const base = arnOf(ambient, "logs", `log-group:${group}`);
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
