/**
 * `npm run torture`: plays many schedules and says of each that breaks a law what is left of it when everything needless is taken away.
 *
 * Several processes share the work; the same seed and number give the same schedule in each.
 */
import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { type Code, loadCode } from "./code";
import { type Law, laws, type Violation } from "./laws";
import { minimise } from "./minimise";
import { mutants } from "./mutants";
import { play, type Schedule, scheduleOf } from "./schedules";

const help = `npm run torture -- [options]: plays faults against the scaler, the command line and the producer, in virtual time

  --schedules N    schedules to play (300)
  --seed S         of all of them (1); the same seed and number make the same schedule
  --from N         number of the first schedule (0)
  --jobs N         processes that share the work (as many as there are cores)
  --failures N     stop after so many schedules that break a law (5)
  --only N         play schedule number N alone, with its trace
  --schedule JSON  play this schedule, or @FILE, with its trace
  --mutant NAME    put a fault into the code first: then a violation is what is wanted
  --list-mutants   name the faults that can be put in
  --list-laws      name the laws

Exit codes: 0 no law was broken (with --mutant: one was), 1 otherwise, 2 bad input.`;

const options = {
    schedules: { type: "string", default: "300" },
    seed: { type: "string", default: "1" },
    from: { type: "string", default: "0" },
    jobs: { type: "string", default: String(cpus().length) },
    failures: { type: "string", default: "5" },
    only: { type: "string" },
    schedule: { type: "string" },
    mutant: { type: "string" },
    "list-mutants": { type: "boolean", default: false },
    "list-laws": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
    /** Of a process that another one started: plays each `jobs`th schedule. */
    share: { type: "string" },
} as const;

type Values = ReturnType<typeof read>;

/** What a process tells the one that started it. */
type Told =
    | { readonly played: number; readonly runs: number }
    | { readonly index: number; readonly violations: readonly Violation[] };

function read() {
    const { values } = parseArgs({ options, strict: true });
    const whole = (name: "schedules" | "seed" | "from" | "jobs" | "failures" | "only" | "share"): number => {
        const value = Number(values[name] ?? 0);
        if (!Number.isInteger(value) || value < 0)
            throw new Error(`--${name} ${values[name]} must be a whole number, 0 or more`);
        return value;
    };
    if (values.mutant !== undefined && mutants[values.mutant] === undefined)
        throw new Error(`--mutant ${values.mutant} is not known; --list-mutants names them`);
    const numbers = {
        schedules: whole("schedules"),
        seed: whole("seed"),
        from: whole("from"),
        failures: whole("failures"),
    };
    return {
        ...values,
        ...numbers,
        jobs: Math.max(1, whole("jobs")),
        only: values.only === undefined ? undefined : whole("only"),
        share: values.share === undefined ? undefined : whole("share"),
    };
}

async function main(): Promise<number> {
    const values = read();
    if (values.help) return say(help);
    if (values["list-laws"]) return say(table(Object.entries(laws)));
    if (values["list-mutants"]) return say(table(Object.entries(mutants).map(([name, { about }]) => [name, about])));
    const code = loadCode(values.mutant === undefined ? [] : [mutants[values.mutant]!]);
    if (values.share !== undefined) return playShare(values, code);
    if (values.schedule !== undefined) return playOne(scheduleIn(values.schedule), code, values.mutant);
    if (values.only !== undefined) return playOne(scheduleOf(values.seed, values.only), code, values.mutant);
    return playAll(values, code);
}

function say(text: string): number {
    process.stdout.write(`${text}\n`);
    return 0;
}

function table(rows: readonly (readonly string[])[]): string {
    const width = Math.max(...rows.map(([name]) => name!.length));
    return rows.map(([name, text]) => `${name!.padEnd(width)}  ${text}`).join("\n");
}

function scheduleIn(given: string): Schedule {
    return JSON.parse(given.startsWith("@") ? readFileSync(given.slice(1), "utf8") : given) as Schedule;
}

async function playOne(schedule: Schedule, code: Code, mutant: string | undefined): Promise<number> {
    const { violations, trace } = await play(schedule, code, true);
    say([JSON.stringify(schedule), ...trace, ...violations.map(line), `${violations.length} violations`].join("\n"));
    return exitCode(violations.length > 0, mutant);
}

/** With a fault put in, it is well that a law is broken. */
function exitCode(isBroken: boolean, mutant: string | undefined): number {
    return isBroken === (mutant !== undefined) ? 0 : 1;
}

function line({ law, atMinute, actor, message }: Violation): string {
    return `${law} at minute ${atMinute}, ${actor}: ${message}`;
}

/** One process's part of the schedules. */
async function playShare({ schedules, seed, from, jobs, share }: Values, code: Code): Promise<number> {
    // Enough laws are broken, and nobody listens any more: the disconnect ends this process.
    const tell = (told: Told): void => void process.send!(told, undefined, undefined, () => undefined);
    process.on("disconnect", () => process.exit(0));
    for (let index = from + share!; index < from + schedules; index += jobs) {
        const { violations, runs } = await play(scheduleOf(seed, index), code);
        tell({ played: 1, runs });
        if (violations.length > 0) tell({ index, violations });
        // Lets the messages leave.
        await new Promise((resolve) => setImmediate(resolve));
    }
    process.disconnect();
    return 0;
}

async function playAll(values: Values, code: Code): Promise<number> {
    const { schedules, seed, jobs, failures, mutant } = values;
    const startedMs = performance.now();
    const broken: { index: number; violations: readonly Violation[] }[] = [];
    const done = { played: 0, runs: 0 };
    const children = Array.from({ length: Math.min(jobs, schedules) }, (_, share) => child(share));
    const onTold = (told: Told): void => {
        if ("index" in told) {
            broken.push(told);
            if (broken.length >= failures) for (const process of children) process.disconnect();
            return;
        }
        done.played += told.played;
        done.runs += told.runs;
        if (done.played % 500 === 0)
            process.stderr.write(`${done.played} of ${schedules} played, ${broken.length} broke a law\n`);
    };
    await Promise.all(children.map((process) => ended(process, onTold)));
    broken.sort((left, right) => left.index - right.index);
    for (const { index, violations } of broken.slice(0, failures)) await explain(values, code, index, violations);
    const seconds = (performance.now() - startedMs) / 1_000;
    say(
        `${done.played} schedules of seed ${seed} played, ${done.runs} runs of the scaler, ${broken.length} broke a law, ${seconds.toFixed(1)} s`,
    );
    return exitCode(broken.length > 0, mutant);
}

function child(share: number): ChildProcess {
    const setup = ["--require", require.resolve("../setup.js")];
    return fork(__filename, [...process.argv.slice(2), "--share", String(share)], { execArgv: setup });
}

function ended(process: ChildProcess, onTold: (told: Told) => void): Promise<void> {
    process.on("message", onTold);
    return new Promise((resolve) => process.on("exit", () => resolve()));
}

/** What broke, the least that breaks it, and how to see it again. */
async function explain(values: Values, code: Code, index: number, violations: readonly Violation[]): Promise<void> {
    const { seed, mutant } = values;
    const law: Law = violations[0]!.law;
    const least = await minimise(scheduleOf(seed, index), law, code);
    const withMutant = mutant === undefined ? "" : ` --mutant ${mutant}`;
    const seen = (await play(least, code)).violations.filter((violation) => violation.law === law);
    say(
        [
            `Schedule ${index} of seed ${seed} broke ${law}: ${laws[law]}`,
            ...violations.slice(0, 3).map((violation) => `  ${line(violation)}`),
            `  The least that breaks it: ${JSON.stringify(least)}`,
            ...seen.slice(0, 1).map((violation) => `  ${line(violation)}`),
            `  Again: npm run torture -- --seed ${seed} --only ${index}${withMutant}, or --schedule '...' with the least`,
            "",
        ].join("\n"),
    );
}

main().then(
    (code) => (process.exitCode = code),
    (error: Error) => {
        process.stderr.write(`torture: ${error.message}\n`);
        process.exitCode = 2;
    },
);
