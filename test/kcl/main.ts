/**
 * `npm run kcl`: an application of the Kinesis Client Library 3, in Java, reads 32,000 records from the sandbox over three reshards, once polling
 * and once with enhanced fan-out, with a role that has the ready policy and nothing else.
 *
 * Needs a JDK 17 and Maven, which fetches the library. Takes four to five minutes: the library waits for a while before it begins.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { parseArgs } from "node:util";

import { read, type Reading } from "./read";
import { type Call, modes } from "./watch";

const newest = "3.5.1";

const help = `npm run kcl -- [options]: a real KCL 3 application reads a stream of the sandbox, with its ready policy alone

  --records N   records to write (32000)
  --workers N   workers of each application (2)
  --mode M      polling or fanOut (both)
  --kcl V       version of the library (${newest}); before 3.5 it has tables of its own beside the lease table
  --record      write the calls that were seen to test/kcl/calls.json; waits for the library's clean-up of leases, five minutes more

Exit codes: 0 everything was read, in order, and no call was refused; 1 otherwise, 2 bad input.`;

const callsFile = path.join(__dirname, "calls.json");

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: {
            records: { type: "string", default: "32000" },
            workers: { type: "string", default: "2" },
            mode: { type: "string" },
            kcl: { type: "string", default: newest },
            record: { type: "boolean", default: false },
            help: { type: "boolean", default: false },
        },
    });
    if (values.help) {
        console.log(help);
        return 0;
    }
    const chosen = modes.filter((mode) => values.mode === undefined || mode === values.mode);
    const [records, workers] = [Number(values.records), Number(values.workers)];
    if (chosen.length === 0 || !(records >= 500) || !(workers >= 1)) {
        console.error(help);
        return 2;
    }
    const { kcl } = values;
    const classpath = build(kcl);
    const options = { classpath, records, workers, untilCleanedUp: values.record };
    const readings = await Promise.all(chosen.map((mode) => read(mode, options)));
    const seen = readings.flatMap(({ calls }) => calls.map((call) => ({ kcl, ...call })));
    for (const reading of readings) tell(reading);
    if (values.record) record(seen);
    else tellNew(seen);
    const failed = readings.filter(({ faults }) => faults.length > 0).map(({ mode }) => mode);
    const result = failed.length === 0 ? "PASSED" : `FAILED (${failed.join(", ")})`;
    console.log(`${result}: KCL ${kcl} and its ready policy, ${chosen.join(" and ")}.`);
    return failed.length === 0 ? 0 : 1;
}

/** Compiles the application and gives the class path to run it with. */
function build(version: string): string {
    console.log(`Building the application with Maven, on KCL ${version}.`);
    const target = path.join(__dirname, "target");
    const goals = ["compile", "dependency:build-classpath"];
    const settings = [`-Dkcl.version=${version}`, `-Dmdep.outputFile=${path.join(target, "classpath")}`];
    const maven = ["-B", "-q", "-f", path.join(__dirname, "pom.xml"), ...settings, ...goals];
    const { error, status, stdout } = spawnSync("mvn", maven, { encoding: "utf8" });
    if (error) throw new Error(`Maven could not be started, which this needs with a JDK 17: ${error.message}.`);
    if (status !== 0) throw new Error(`Maven could not build the application:\n${stdout}`);
    return [path.join(target, "classes"), readFileSync(path.join(target, "classpath"), "utf8")].join(path.delimiter);
}

function tell({ mode, sentence, faults }: Reading): void {
    console.log(`${mode}: ${sentence}`);
    for (const fault of faults) console.log(`  fault: ${fault}`);
}

/** A call and the library's version that makes it. */
type Recorded = Call & { readonly kcl: string };

function recorded(): Recorded[] {
    return JSON.parse(readFileSync(callsFile, "utf8")) as Recorded[];
}

function tellNew(seen: readonly Recorded[]): void {
    const known = new Set(recorded().map((call) => JSON.stringify(call)));
    for (const call of seen)
        if (!known.has(JSON.stringify(call))) console.log(`new: calls.json has not ${JSON.stringify(call)}`);
}

/** In the place of what was recorded of the same version and mode. */
function record(seen: readonly Recorded[]): void {
    const others = recorded().filter((old) => !seen.some(({ kcl, mode }) => kcl === old.kcl && mode === old.mode));
    const lines = [...others, ...seen].map((call) => `    ${JSON.stringify(call)}`);
    writeFileSync(callsFile, `[\n${lines.sort().join(",\n")}\n]\n`);
}

main()
    .catch((error: unknown) => {
        console.error((error as Error).message);
        return 1;
    })
    .then((code) => (process.exitCode = code));
