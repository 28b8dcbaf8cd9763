/**
 * The sandbox: a local AWS in one process, on one loopback port, on a clock of its own. Only real AWS clients talk to it.
 *
 * @example
 * const sandbox = await startSandbox();
 * const kinesis = new KinesisClient({ endpoint: sandbox.endpoint, region: sandbox.region, credentials: sandbox.credentials });
 * await sandbox.stop();
 */
import { isRegion, partitionOf } from "../capacity/regions";
import { type Clock, RunningClock } from "./clock";
import { type AccountWide, accountWide, type Cloud, type CloudOptions, cloudServices } from "./cloud";
import { MetricStore } from "./cloudwatch/store";
import { sandboxCredentials, sandboxEnvironment } from "./wire/credentials";
import { kinesisService, type KinesisService, type KinesisSettings } from "./kinesis/index";
import { startServer } from "./wire/server";
import {
    type Ambient,
    type CallInput,
    type Guard,
    type GuardedCall,
    type MetricSink,
    type Operation,
    type Service,
    warnOnce,
} from "./service";

export * from "./clock";
export * from "./service";
export { writePulumiConfig } from "./wire/pulumiConfig";

export interface SandboxOptions extends Partial<KinesisSettings> {
    /** @default a clock that runs with the machine's */
    readonly clock?: Clock;
    /** Its own region. Clients of another one find that one, empty at first; roles and dashboards are the account's. @default "us-east-1" */
    readonly region?: string;
    /** Its own account. Clients whose access key is the ID of another one find that one, empty at first. @default "123456789012" */
    readonly accountId?: string;
    /** @default 0: any free port */
    readonly port?: number;
    /** Where Kinesis puts its metrics. @default the sandbox's CloudWatch */
    readonly metrics?: MetricSink;
    /** Hears, once each, where the sandbox is not as AWS is: what it forgets because its memory is bounded. @default a line on stderr */
    readonly warn?: (sentence: string) => void;
    /** Further services, or others in place of the sandbox's own of the same name. */
    readonly services?: (ambient: Ambient) => readonly Service[];
}

export interface Sandbox {
    /** `http://127.0.0.1:PORT`, for every service. */
    readonly endpoint: string;
    readonly region: string;
    readonly accountId: string;
    /** Dummies: the sandbox takes any. */
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    /** The environment that points a child process's AWS clients at the sandbox. */
    readonly env: Record<string, string>;
    readonly clock: Clock;
    readonly kinesis: KinesisService;
    /** The services around Kinesis: metrics, alarms, topics, functions; like `kinesis` and `services` those of the sandbox's own region. */
    readonly cloud: Cloud;
    /** By the name that clients sign with: `services.kinesis`. */
    readonly services: Readonly<Record<string, Service>>;
    /** Asked before each call, in this order. Push to refuse calls: permissions, injected faults. */
    readonly guards: Guard[];
    /** Stops every service and leaves nothing listening. */
    stop(): Promise<void>;
}

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
    const home = options.region ?? "us-east-1";
    const ambient: Ambient = {
        clock: options.clock ?? new RunningClock(),
        region: home,
        accountId: options.accountId ?? "123456789012",
        partition: partitionOf(home).name,
        warn: warnOnce(
            options.warn ?? ((sentence) => void process.stderr.write(`sharded-stream sandbox: ${sentence}\n`)),
        ),
    };
    const listening: { endpoint?: string } = {};
    const accounts = new Map<string, AccountWide>();
    const { callers } = accountWide(ambient, accounts, ambient);
    const regions = new Map<string, Region>();
    const accountOf = (accessKeyId: string): string => callers.find(accessKeyId)?.accountId ?? ambient.accountId;
    const guards: Guard[] = [(call) => regionNamed(call.request.region, ownerOf(call)).cloud.guard(call)];
    const guard: Guard = async (call) => {
        for (const ask of guards) await ask(call);
    };
    // A client with a made-up region ("local") means the sandbox's own.
    const regionNamed = (name: string, accountId = ambient.accountId): Region => {
        const region = isRegion(name) ? name : home;
        const key = `${accountId} ${region}`;
        const own = { ...ambient, accountId, region, partition: partitionOf(region).name };
        const account = accounts.get(accountId) ?? accountWide(own, accounts, ambient);
        const found =
            regions.get(key) ??
            newRegion(own, options, {
                account,
                guard,
                endpoint: () => listening.endpoint,
                ofAccount: (owner) => servicesIn(region, owner),
            });
        regions.set(key, found);
        return found;
    };
    const servicesIn = (region: string, accountId: string): Region["services"] =>
        regionNamed(region, accountId).services;
    // The owner's services know what a call is about; its caller may be of another account.
    const ownerOf = ({ service, input, request }: GuardedCall): string => {
        const caller = accountOf(request.accessKeyId);
        return servicesIn(request.region, caller)[service]?.ownerOf?.(input as CallInput) ?? caller;
    };
    const { kinesis, cloud, services } = regionNamed(home);
    const stopServices = async (): Promise<void> => {
        for (const region of regions.values())
            for (const service of Object.values(region.services)) await service.stop?.();
    };
    const server = await startServer({
        ambient,
        services: (region, accountId) => Object.values(servicesIn(region, accountId)),
        accountOf,
        guards,
        port: options.port ?? 0,
    }).catch(async (error: unknown) => {
        await stopServices();
        throw error;
    });
    listening.endpoint = server.endpoint;
    return {
        endpoint: server.endpoint,
        region: home,
        accountId: ambient.accountId,
        credentials: sandboxCredentials,
        env: sandboxEnvironment(server.endpoint, home),
        clock: ambient.clock,
        kinesis,
        cloud,
        services,
        guards,
        stop: async () => {
            await stopServices();
            await server.stop();
        },
    };
}

/** What is apart in each region; made when the first call for it comes. */
type Region = Pick<Sandbox, "kinesis" | "cloud" | "services">;

function newRegion(
    ambient: Ambient,
    options: SandboxOptions,
    { ofAccount, ...shared }: Pick<CloudOptions, "account" | "guard" | "endpoint"> & { ofAccount: OfAccount },
): Region {
    const store = new MetricStore({ warn: ambient.warn });
    const kinesis = kinesisService(ambient, options.metrics ?? store, {
        // An iterator outlives five minutes of a clock that runs through them in a second: readers do not run faster.
        iteratorSeconds: 300 * (ambient.clock instanceof RunningClock ? Math.max(1, ambient.clock.speed) : 1),
        ...options,
    });
    const reach = (service: Service): Service => toOwner(service, ambient, ofAccount);
    const cloud = cloudServices(ambient, { store, kinesis: reach(kinesis), reach, ...shared });
    const all = [...cloud.services, ...(options.services?.(ambient) ?? [])];
    return { kinesis, cloud, services: Object.fromEntries(all.map((service) => [service.name, service])) };
}

/** The services of an account, in the same region. */
type OfAccount = (accountId: string) => Region["services"];

/** What another account owns is asked there. */
function toOwner(service: Service, { accountId }: Ambient, ofAccount: OfAccount): Service {
    const { name, ownerOf } = service;
    if (ownerOf === undefined) return service;
    const operations = Object.entries(service.operations).map(([operation, own]): [string, Operation] => [
        operation,
        (input, request) => {
            const owner = ownerOf(input as CallInput) ?? accountId;
            const run = owner === accountId ? own : ofAccount(owner)[name]!.operations[operation]!;
            return run(input, request);
        },
    ]);
    return { ...service, operations: Object.fromEntries(operations) };
}
