/**
 * Every answer of a sandbox is what AWS's models say of it: the members that must be there, no others, each of its type and within its bounds.
 */
import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";

import { type Operation, type Sandbox, type Service, StreamingAnswer } from "../../../sandbox/index";

interface Shape {
    readonly type: string;
    readonly members?: Readonly<Record<string, string>>;
    readonly required?: readonly string[];
    readonly of?: string;
    readonly enum?: readonly string[];
    readonly max?: number;
    readonly pattern?: string;
}

interface Model {
    /** The shape of each operation's output; null where it has none. */
    readonly operations: Readonly<Record<string, string | null>>;
    readonly shapes: Readonly<Record<string, Shape>>;
}

/** By the names that clients sign with. */
export const models = JSON.parse(readFileSync(path.join(__dirname, "answers.json"), "utf8")) as Record<string, Model>;

/** What a test makes by the thousand is looked at this often. */
const looksPerOperation = 20;

/** From now on, an answer that is not as AWS's fails the call that it answers. */
export function checkAnswers({ services, kinesis }: Sandbox): void {
    for (const service of new Set([...Object.values(services), kinesis])) if (models[service.name]) watch(service);
}

function watch({ name, operations }: Service): void {
    const wrapped = Object.entries(operations).map(([operation, run]): [string, Operation] => {
        let looks = 0;
        const look = (answer: unknown): unknown => {
            if (looks++ < looksPerOperation) assert.deepEqual(faultsOf(name, operation, answer), []);
            return answer;
        };
        return [
            operation,
            (input, request) => {
                const answer = run(input, request);
                return answer instanceof Promise ? answer.then(look) : look(answer);
            },
        ];
    });
    // The table itself is what the server, REST routes and calls inside look into.
    Object.assign(operations, Object.fromEntries(wrapped));
}

/** Where AWS's models promise more than AWS gives: a function whose code is not signed has no configuration to tell of. */
const promisedOnly: readonly string[] = ["lambda GetFunctionCodeSigningConfig"];

/** What is wrong with an answer, one sentence each. */
export function faultsOf(service: string, operation: string, answer: unknown): string[] {
    const { operations, shapes } = models[service]!;
    const output = operations[operation];
    const faults: string[] = [];
    if (output === undefined) {
        faults.push("answers.json has no such operation; distil.ts writes it anew");
    } else if (output === null) {
        if (answer !== undefined && Object.keys(answer as object).length > 0)
            faults.push(`answers with ${JSON.stringify(answer)}, though it has no output`);
    } else if (!isRaw(answer) && !promisedOnly.includes(`${service} ${operation}`)) {
        look(answer ?? {}, output, "", { shapes, faults });
    }
    return faults.map((fault) => `${service} ${operation}: ${fault}`);
}

/** What a service writes by itself: an HTTP answer, or a stream of events. */
function isRaw(answer: unknown): boolean {
    const isHttp = typeof answer === "object" && answer !== null && "status" in answer && "headers" in answer;
    return isHttp || answer instanceof StreamingAnswer;
}

interface Walk {
    readonly shapes: Model["shapes"];
    readonly faults: string[];
}

function look(value: unknown, shapeName: string, where: string, walk: Walk): void {
    const shape = walk.shapes[shapeName]!;
    const says = (fault: string): void => void walk.faults.push(`${where || "the answer"} ${fault}`);
    const within = (name: string | number): string => (where === "" ? String(name) : `${where}.${name}`);
    switch (shape.type) {
        case "structure": {
            if (typeof value !== "object" || value === null) return says(`is ${show(value)}, not a structure`);
            const given = Object.entries(value).filter(([, member]) => member !== undefined);
            const members = shape.members!;
            for (const name of shape.required ?? [])
                if (given.every(([other]) => other !== name)) says(`lacks its required member ${name}`);
            for (const [name, member] of given) {
                if (members[name] === undefined) says(`has a member ${name}, which AWS does not know`);
                else look(member, members[name], within(name), walk);
            }
            return;
        }
        case "list":
            if (!Array.isArray(value)) return says(`is ${show(value)}, not a list`);
            value.forEach((item, index) => look(item, shape.of!, within(index), walk));
            return bounded(value.length, shape, says);
        case "map": {
            if (typeof value !== "object" || value === null) return says(`is ${show(value)}, not a map`);
            const entries = value instanceof Map ? [...value] : Object.entries(value);
            for (const [name, item] of entries as [string, unknown][]) look(item, shape.of!, within(name), walk);
            return;
        }
        default:
            return simple(value, shape, says);
    }
}

function simple(value: unknown, shape: Shape, says: (fault: string) => void): void {
    const { type, pattern } = shape;
    if (!isOfType[type]!(value)) return says(`is ${show(value)}, not of type ${type}`);
    if (typeof value === "number") return bounded(value, shape, says);
    if (typeof value !== "string" || type !== "string") return;
    if (shape.enum && !shape.enum.includes(value)) says(`is ${show(value)}, not one of ${shape.enum.join(", ")}`);
    bounded(value.length, shape, says);
    if (pattern !== undefined && !expressionOf(pattern).test(value)) says(`is ${show(value)}, not like ${pattern}`);
}

/** As services hold values before they are written in a protocol: times are seconds or a Date, bytes are base64. */
const isOfType: Readonly<Record<string, (value: unknown) => boolean>> = {
    string: (value) => typeof value === "string",
    boolean: (value) => typeof value === "boolean",
    integer: Number.isInteger,
    long: Number.isInteger,
    double: (value) => typeof value === "number",
    float: (value) => typeof value === "number",
    timestamp: (value) => value instanceof Date || (typeof value === "number" && value > 1e9 && value < 1e11),
    blob: (value) => typeof value === "string" && /^[A-Za-z0-9+/]*={0,2}$/.test(value),
};

/** Least sizes are for requests: AWS answers with no failed records and with no metrics where its models say one at least. */
function bounded(size: number, { max = Infinity }: Shape, says: (fault: string) => void): void {
    if (size > max) says(`is of ${size}, more than ${max}`);
}

const expressions = new Map<string, RegExp>();

/** Anchored at both ends, as AWS anchors it. */
function expressionOf(pattern: string): RegExp {
    const text = pattern.replace(/\(\?s\)/g, "").replace(/\\p\{/g, "\\p{");
    const known = expressions.get(pattern) ?? new RegExp(`^(?:${text})$`, pattern.includes("\\p{") ? "su" : "s");
    expressions.set(pattern, known);
    return known;
}

const show = (value: unknown): string => JSON.stringify(value)?.slice(0, 100) ?? "undefined";
