/**
 * `npm run kcl`: an application of the Kinesis Client Library 3, in Java, reads 32,000 records from the sandbox over three reshards, once polling
 * and once with enhanced fan-out, with a role that has the ready policy and nothing else.
 *
 * Needs a JDK 17 and Maven, which fetches the library. Takes about four minutes: the library waits for a while before it begins.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { parseArgs } from "node:util";

import { read, type Reading } from "./read";
import { type Call, modes } from "./watch";

const help = `npm run kcl -- [options]: a real KCL 3 application reads a stream of the sandbox, with its ready policy alone

  --records N   records to write (32000)
  --workers N   workers of each application (2)
  --mode M      polling or fanOut (both)
  --record      write the calls that were seen to test/kcl/calls.json; waits for the library's clean-up of leases, five minutes more

Exit codes: 0 everything was read, in order, and no call was refused; 1 otherwise, 2 bad input.`;

const callsFile = path.join(__dirname, "calls.json");

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: {
            records: { type: "string", default: "32000" },
            workers: { type: "string", default: "2" },
            mode: { type: "string" },
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
    const classpath = build();
    const options = { classpath, records, workers, untilCleanedUp: values.record };
    const readings = await Promise.all(chosen.map((mode) => read(mode, options)));
    for (const reading of readings) tell(reading);
    if (values.record) record(readings);
    const failed = readings.filter(({ faults }) => faults.length > 0).map(({ mode }) => mode);
    const result = failed.length === 0 ? "PASSED" : `FAILED (${failed.join(", ")})`;
    console.log(`${result}: KCL 3 and its ready policy, ${chosen.join(" and ")}.`);
    return failed.length === 0 ? 0 : 1;
}

/** Compiles the application and gives the class path to run it with. */
function build(): string {
    console.log("Building the application with Maven.");
    const target = path.join(__dirname, "target");
    const goals = ["compile", "dependency:build-classpath", `-Dmdep.outputFile=${path.join(target, "classpath")}`];
    execFileSync("mvn", ["-B", "-q", "-Dstyle.color=never", "-f", path.join(__dirname, "pom.xml"), ...goals], {
        stdio: "inherit",
    });
    return [path.join(target, "classes"), readFileSync(path.join(target, "classpath"), "utf8")].join(path.delimiter);
}

function tell({ mode, sentence, calls, faults }: Reading): void {
    console.log(`${mode}: ${sentence}`);
    const known = new Set(recorded().map((call) => JSON.stringify(call)));
    const others = calls.filter((call) => !known.has(JSON.stringify(call)));
    for (const { action, resource } of others) console.log(`  new: ${action} on ${resource} is not in calls.json.`);
    for (const fault of faults) console.log(`  fault: ${fault}`);
}

function recorded(): Call[] {
    return JSON.parse(readFileSync(callsFile, "utf8")) as Call[];
}

function record(readings: readonly Reading[]): void {
    const others = recorded().filter((call) => !readings.some(({ mode }) => mode === call.mode));
    const lines = [...others, ...readings.flatMap(({ calls }) => calls)].map((call) => `    ${JSON.stringify(call)}`);
    writeFileSync(callsFile, `[\n${lines.sort().join(",\n")}\n]\n`);
}

void main().then((code) => (process.exitCode = code));
