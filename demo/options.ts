/**
 * What a rehearsal is told on its command line, and how it says that it could not be played.
 */
import { Command, InvalidArgumentError, Option } from "commander";
import { type ShapeName, shapes } from "./shapes";

export interface Options {
    readonly cwd: string;
    readonly stack?: string;
    readonly config: readonly string[];
    readonly policyPack: readonly string[];
    readonly trace?: string;
    readonly column?: string;
    readonly time?: string;
    readonly shape?: ShapeName;
    readonly peak: number;
    readonly keys?: string;
    readonly only: readonly string[];
    readonly refusedMax: number;
    readonly skipUnknown: boolean;
    readonly rejects: readonly string[];
    readonly report?: string;
    readonly keep: boolean;
    readonly json: boolean;
    readonly engine: "auto" | "real" | "embedded";
}

/** The rehearsal cannot go on: one line, no stack trace. 2: what it was given cannot be used. */
export class RehearsalError extends Error {
    override readonly name = "RehearsalError";

    constructor(
        message: string,
        readonly exitCode: 1 | 2 = 1,
    ) {
        super(message);
    }
}

const examples = `
Examples:
  sharded-stream rehearse
  sharded-stream rehearse --stack prod --policy-pack node_modules/sharded-stream/policies
  sharded-stream rehearse --shape launch --peak 1.5 --keys keys.txt --report launch.html
  sharded-stream rehearse --trace load.csv --skip-unknown --json

Exit codes:
  0    done
  1    a policy rejects the stack, it cannot be deployed, its output cannot be
       written, or more than --refused-max of a stream is refused
  2    something that was given cannot be used
  130  stopped by Ctrl-C or a signal: what was made is taken away again, and of a
       day its part until then is told
`;

/** @throws CommanderError for what cannot be used, and for --help */
export function readOptions(argv: readonly string[]): Options {
    const command = new Command("sharded-stream rehearse")
        .description(
            "Deploys your own Pulumi program into a local AWS and plays a day of traffic through its streams. No account is needed; nothing outside this machine is touched, and nothing in your folder.",
        )
        .exitOverride()
        .configureOutput({ outputError: () => undefined })
        .allowExcessArguments(false)
        .option("--cwd <dir>", "the folder of the Pulumi project", ".")
        .option(
            "--stack <name>",
            "whose configuration is used (default: the only Pulumi.NAME.yaml; dev of several, or of none)",
        )
        .addOption(repeated("--config <key=value>", "a configuration value in place of the stack's; may be repeated"))
        .addOption(repeated("--policy-pack <dir>", "a policy pack that judges the stack; may be repeated"))
        .addOption(
            new Option("--shape <name>", "how the load goes over the day (default: daily)")
                .choices(Object.keys(shapes))
                .conflicts("trace"),
        )
        .option("--trace <file.csv>", "a CSV file whose busiest day is played instead")
        .option("--column <name>", "its column with the load (default: the first with numbers and a name)")
        .option("--time <name>", "its column with the time (default: the first with times)")
        .addOption(
            new Option(
                "--peak <times>",
                "the day's peak, in times of what each stream declares or, undeclared, takes: above 0, at most 1,000",
            )
                .argParser(above(0, 1_000))
                .default(1),
        )
        .option("--keys <file>", "partition keys, one a line as often as it occurs (default: as distinctKeys declares)")
        .addOption(
            repeated("--only <stream>", "a stream that gets traffic, by a part of its name; may be repeated", "all"),
        )
        .addOption(
            new Option("--refused-max <share>", "the share of a stream's records that may be refused, 0 to 1")
                .argParser(share)
                .default(0.001),
        )
        .option("--skip-unknown", "answer resource types that the sandbox does not know with mocks", false)
        .addOption(
            repeated(
                "--rejects <key=value>",
                "first show that a policy of --policy-pack rejects the stack with this configuration; may be repeated",
            ),
        )
        .option("--report <file.html>", "where the report goes (default: a new temporary file)")
        .option("--keep", "leave the sandbox running afterwards, until Ctrl-C", false)
        .option("--json", "print only a summary document", false)
        .addOption(
            new Option("--engine <which>", "the Pulumi engine").choices(["auto", "real", "embedded"]).default("auto"),
        )
        .addHelpText("after", examples);
    const options = command.parse([...argv]).opts<Options>();
    for (const [name, of] of [
        ["column", "trace"],
        ["time", "trace"],
        ["rejects", "policyPack"],
    ] as const)
        if (isGiven(options[name]) && !isGiven(options[of])) throw new RehearsalError(without[name], 2);
    return options;
}

const isGiven = (value: string | readonly string[] | undefined): boolean => value !== undefined && value.length > 0;

/** What says nothing without another option. */
const without = {
    column: "--column names a column of the file of --trace; give --trace FILE too, or leave out --column.",
    time: "--time names a column of the file of --trace; give --trace FILE too, or leave out --time.",
    rejects:
        "--rejects shows that a policy rejects a configuration; give --policy-pack DIR too, or leave out --rejects.",
};

function repeated(flags: string, description: string, byDefault = "none"): Option {
    return new Option(flags, description)
        .argParser((value: string, before: readonly string[]) => [...before, value])
        .default([], byDefault);
}

function above(least: number, most: number): (text: string) => number {
    return (text) => {
        const value = text.trim() === "" ? NaN : Number(text);
        if (value > least && value <= most) return value;
        throw new InvalidArgumentError(`It must be a number above ${least}, at most ${most.toLocaleString("en-US")}.`);
    };
}

function share(text: string): number {
    const value = text.trim() === "" ? NaN : Number(text);
    if (value >= 0 && value <= 1) return value;
    throw new InvalidArgumentError("It must be a share from 0 to 1, such as 0.001.");
}
