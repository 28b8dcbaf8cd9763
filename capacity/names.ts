/**
 * What everything that belongs to a stream is called: each name is derived from the stream's, in one place for whoever makes it and
 * whoever looks for it. A changed name is a new resource in every stack that has the old one.
 *
 * Each name is one that its service takes, and no two streams share one. A name that AWS would not take as it is has its strange
 * characters replaced, is cut, and ends in a hash of what it was. None that stays as it is can end so: all end in a word of this file,
 * of the table of alarms, or in a region.
 */
import { createHash } from "node:crypto";

/**
 * Alarms of one stream sort together. Those of an owner beside the stream's own end in the owner's hash. A consumer's stands between strokes,
 * which neither its name nor a stream's can have: `a` of the stream `b-c` and `c-a` of `b` would be one otherwise.
 */
export function alarmName(streamName: string, suffix: string, owner?: Owner, consumer?: string): string {
    return fitted("alarm", `${streamName}-${consumerSuffix(suffix, consumer)}`, owner);
}

/** What ends the name of an alarm, in AWS and in the program. */
export function consumerSuffix(suffix: string, consumer: string | undefined): string {
    return consumer === undefined ? suffix : `Consumer/${consumer}/${suffix}`;
}

/** What ends the name of an alarm on a function that reads the stream, as a consumer's does. */
export function functionSuffix(suffix: string, functionName: string | undefined): string {
    return functionName === undefined ? suffix : `Function/${functionName}/${suffix}`;
}

/** Dashboards are global, so the region is part of their names. Only a unit test's mock leaves it out. */
export function dashboardName(streamName: string, region: string | undefined, owner?: Owner): string {
    return fitted("dashboard", ["Kinesis", streamName, ...(region ? [region] : [])].join("-"), owner);
}

/**
 * Who declares a resource that AWS makes by an upsert and deletes by its name: the URN of the component. A second owner of the name
 * would overwrite it, and take it along when it goes. Undefined for the stream's own: there is one of it, because its creation fails
 * where there is a stream.
 */
export type Owner = string;

/** The function that scales the stream. */
export function scalerFunctionName(streamName: string): string {
    return fitted("function", `${streamName}-scaler`);
}

/** The log group that Lambda writes to: it follows from the function's name. */
export function logGroupName(functionName: string): string {
    return `/aws/lambda/${functionName}`;
}

/** The schedule that runs the scaler's function is called like it. */
export const scalerScheduleName = scalerFunctionName;

/** Roles are global, so the region is part of their names: the function's own role, and the one of its schedule. */
export function scalerRoleName(streamName: string, region: string, role: "scaler" | "schedule"): string {
    return fitted("role", `${streamName}-${region}-${role}`);
}

/** The table of a stream that has a ledger of its own. */
export function ledgerTableName(streamName: string): string {
    return fitted("table", `${streamName}-scaler-ledger`);
}

/** The name in the program of a child that Pulumi names after it in AWS: room is left for the part that Pulumi adds. */
export function autonamedChild(kind: "topic" | "statement" | "rolePolicy" | "queue", name: string): string {
    return fitted(kind, name, undefined, pulumiCharacters);
}

/**
 * The child that lets a role use a stream, which Pulumi names after it in AWS. It ends in a hash of all that it is for: stream `a-read`
 * with role `b` is not stream `a` with role `read-b`, and a role may read with more than one client. In which order a client is written down is no matter.
 */
export function grantName(component: string, verb: "read" | "write", role: string, client: object): string {
    const written = Object.fromEntries(Object.entries(client).sort(([one], [other]) => (one < other ? -1 : 1)));
    const whole = JSON.stringify([component, verb, role, written]);
    return fitted("rolePolicy", `${component}-${verb}-${role}`, whole, pulumiCharacters);
}

interface NameRule {
    readonly strange: RegExp;
    readonly charactersMax: number;
    /** Names that differ in case alone are one name. */
    readonly caseless?: true;
}

/** What AWS takes as a name. Source: botocore 1.44's models of the services, read 2026-11; for roles also the text of CreateRole. */
const rules = {
    alarm: { strange: /\p{Cc}/gu, charactersMax: 255 },
    dashboard: { strange: /[^A-Za-z0-9_-]/g, charactersMax: 255 },
    function: { strange: /[^A-Za-z0-9_-]/g, charactersMax: 64 },
    queue: { strange: /[^A-Za-z0-9_-]/g, charactersMax: 80 },
    role: { strange: /[^\w+=,.@-]/g, charactersMax: 64, caseless: true },
    rolePolicy: { strange: /[^\w+=,.@-]/g, charactersMax: 128 },
    statement: { strange: /[^A-Za-z0-9_-]/g, charactersMax: 100 },
    table: { strange: /[^\w.-]/g, charactersMax: 255 },
    topic: { strange: /[^A-Za-z0-9_-]/g, charactersMax: 256 },
} satisfies Record<string, NameRule>;

/** Pulumi adds a hyphen and seven digits, one less than `hashOf`: nobody takes the one for the other. */
export const pulumiCharacters = 8;

function fitted(kind: keyof typeof rules, name: string, owner?: Owner, reserved = 0): string {
    const { strange, charactersMax, caseless }: NameRule = rules[kind];
    const legal = name.replace(strange, "_");
    const most = charactersMax - reserved;
    const isFit = legal === name && name.length <= most && !(caseless && name !== name.toLowerCase());
    if (isFit && owner === undefined) return name;
    const left = legal.slice(0, most - hashLength - 1);
    // An owner's names all end alike, as far as they need not tell anything else.
    const hash = hashOf(isFit && left === name ? owner! : `${name}${owner ?? ""}`);
    return `${left}-${hash}`;
}

const hashLength = 8;

function hashOf(text: string): string {
    return createHash("sha256").update(text).digest("hex").slice(0, hashLength);
}
