/**
 * The entry of the scaler's Lambda. It is bundled with all that it imports into one factory (scripts/bundle-scaler.js), so that what
 * is made once, the clients and the settings, lives in the factory's scope from one invocation to the next.
 */
import { scalerEnvironment } from "../capacity/scaling/settings";
import { newClients } from "../stream/clients";
import { StreamMemory } from "../stream/history";
import { awsPorts } from "./wiring";
import { type RunReport } from "./report";
import { runScaler } from "./run";
import { snsTopics } from "./topic";

/** The part of Lambda's context that a run uses. */
export interface InvocationContext {
    readonly awsRequestId: string;
}

/** Makes the handler. The event is not read: a schedule and an alarm both mean "look now". */
export function createHandler(): (event: unknown, context: InvocationContext) => Promise<RunReport> {
    const clients = newClients();
    const topicOf = snsTopics();
    const memory = new StreamMemory();
    const toldHere = new Map<string, number>();
    return async (_event, context) => {
        const environment = scalerEnvironment(process.env);
        const ports = {
            ...awsPorts(clients, environment),
            memory,
            toldHere,
            notify: environment.notify && topicOf(environment.notify.topicArn),
            // Not the date: a clock that is set back within a run would let it wait until Lambda ends it.
            elapsedMs: () => performance.now(),
            sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
            random: () => Math.random(),
            // console.log would put a prefix before the line, and CloudWatch would find no metrics in it.
            log: (line: string) => void process.stdout.write(`${line}\n`),
        };
        // Lambda delivers an event at least once, a second time under the same request id: each delivery is a run of its own.
        return runScaler(ports, environment, `${context.awsRequestId}-${Math.random().toString(36).slice(2, 10)}`);
    };
}
