/**
 * The wire between the code and the models: it takes a request of an AWS client to AWS and the answer back, each in its own time, and lets
 * the faults of the schedule have their way with both.
 */
import { type Actor } from "./actor";
import { awsError, internal, limitExceeded, socketError, timedOut } from "./awsErrors";
import { type VirtualClock } from "./clock";
import { type FaultKind, type FaultWindow, type Service } from "./schedule";

export interface Request {
    readonly actor: Actor;
    readonly service: Service;
    readonly operation: string;
    readonly input: Readonly<Record<string, unknown>>;
    readonly fault: FaultKind | undefined;
    /** A number from 0 up to 1 for this request and a purpose. */
    readonly roll: (about: string) => number;
}

/** A command of an AWS client, as far as it is looked at: middleware is how the code reads the Date header. */
interface Command {
    readonly constructor: { readonly name: string };
    readonly input: Readonly<Record<string, unknown>>;
    readonly middlewareStack: {
        resolve(
            handler: (args: unknown) => Promise<{ response: unknown; output: unknown }>,
            context: object,
        ): (args: unknown) => Promise<{ output: unknown }>;
    };
}

export interface WireOptions {
    readonly clock: VirtualClock;
    readonly startMs: number;
    readonly faults: readonly FaultWindow[];
    readonly roll: (about: string) => number;
    readonly current: () => Actor;
    /** Lets an actor go on, unless it is gone. */
    readonly resume: (actor: Actor, action: () => void) => void;
    /** What AWS does and says when a request arrives; it may throw AWS's refusal. */
    readonly arrives: (request: Request) => object;
    readonly sent: (request: Request) => void;
    /** An answer reaches who asked. */
    readonly shown: (request: Request, output: object, dateMs: number) => void;
}

/** The code's own patience, and how long after it a late request is still done. */
const requestTimeoutMs = 5_000;
const lateMs = 20_000;
const hourMs = 3_600_000;

export class Wire {
    constructor(private readonly options: WireOptions) {}

    /** A client of a service, as the SDK has them. */
    client(service: Service): { send(command: unknown): Promise<unknown>; destroy(): void } {
        return {
            send: async (command: Command) => {
                const handler = command.middlewareStack.resolve(() => this.#send(service, command), {});
                return (await handler({ input: command.input })).output;
            },
            destroy: () => undefined,
        };
    }

    #send(service: Service, { constructor, input }: Command): Promise<{ response: object; output: object }> {
        const actor = this.options.current();
        const operation = constructor.name.replace(/Command$/, "");
        const number = actor.requests++;
        const roll = (about: string): number => this.options.roll(`${actor.id} ${number} ${about}`);
        const fault = this.#faultOf(service, operation, actor, roll);
        const request = { actor, service, operation, input, fault, roll };
        if (fault !== undefined) actor.struck++;
        this.options.sent(request);
        if (fault === "dies-before") actor.isDead = true;
        return new Promise((resolve, reject) => this.#carry(request, resolve, reject));
    }

    #faultOf(service: Service, operation: string, { kind }: Actor, roll: (about: string) => number) {
        const { clock, faults, startMs } = this.options;
        const minute = (clock.nowMs - startMs) / 60_000;
        const at = faults.findIndex(
            (window, index) =>
                minute >= window.fromMinute &&
                minute < window.toMinute &&
                window.service === service &&
                (window.operation === undefined || window.operation === operation) &&
                (window.who === undefined || window.who === kind) &&
                roll(`window ${index} ${window.kind}`) < window.share,
        );
        return faults[at]?.kind;
    }

    #carry(
        request: Request,
        resolve: (answer: { response: object; output: object }) => void,
        reject: (error: unknown) => void,
    ): void {
        const { clock } = this.options;
        const { actor, fault, roll } = request;
        const wayMs = (about: string): number => 5 + 120 * roll(about) + (roll(`${about} slow`) > 0.95 ? 1_500 : 0);
        const thereMs = fault === "slow" ? 3_000 : wayMs("there");
        const backMs = fault === "slow" ? 1_500 : wayMs("back");
        const resume = (ms: number, action: () => void): void =>
            void clock.in(ms, () => this.options.resume(actor, action));
        const lost = (): void => resume(requestTimeoutMs, () => reject(timedOut()));
        const done = (): object | undefined => {
            try {
                return this.options.arrives(request);
            } catch {
                return undefined;
            }
        };
        const refusal = refusalFor(request);
        if (fault === "dies-before") return;
        if (fault === "lost-before") return lost();
        if (fault === "late") {
            clock.in(requestTimeoutMs + lateMs * roll("late"), done);
            return lost();
        }
        if (fault === "lost-after" || fault === "dies-after") {
            clock.in(thereMs, done);
            if (fault === "dies-after") actor.isDead = true;
            return lost();
        }
        if (refusal !== undefined) {
            if (fault === "reset" || fault === "error-after") clock.in(thereMs, done);
            resume(thereMs + backMs, () => reject(refusal));
            return;
        }
        clock.in(thereMs, () => {
            try {
                const output = this.options.arrives(request);
                const dateMs = dateOf(fault, clock.nowMs);
                resume(backMs, () => {
                    this.options.shown(request, output, dateMs);
                    resolve({ response: { headers: headersOf(dateMs) }, output });
                });
            } catch (error) {
                resume(backMs, () => reject(error));
            }
        });
    }
}

/** The answer of a fault that answers with an error; undefined: the answer comes from AWS. */
function refusalFor({ fault, service, operation, roll }: Request): Error | undefined {
    switch (fault) {
        case "reset":
            return socketError("ECONNRESET");
        case "unreachable":
            return socketError("ECONNREFUSED");
        case "error-before":
        case "error-after":
            return internal();
        case "denied":
            return awsError(
                "AccessDeniedException",
                `User: arn:aws:iam::123456789012:role/x is not authorized: ${operation}`,
            );
        case "throttled":
            if (service !== "kinesis") return awsError("ThrottlingException", "Rate exceeded");
            return roll("throttled") < 0.5
                ? limitExceeded("Rate exceeded for stream orders under account 123456789012.")
                : awsError("ThrottlingException", "Rate exceeded");
        default:
            return undefined;
    }
}

/** A Date header knows whole seconds. NaN: there is none. */
function dateOf(fault: FaultKind | undefined, nowMs: number): number {
    if (fault === "no-date") return NaN;
    const errorMs = fault === "date-ahead" ? hourMs : fault === "date-behind" ? -hourMs : 0;
    return Math.floor((nowMs + errorMs) / 1_000) * 1_000;
}

let lastHeader = { dateMs: 0, date: "" };

function headersOf(dateMs: number): Record<string, string> {
    if (Number.isNaN(dateMs)) return {};
    if (lastHeader.dateMs !== dateMs) lastHeader = { dateMs, date: new Date(dateMs).toUTCString() };
    return { date: lastHeader.date };
}
