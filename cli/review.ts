/**
 * `sharded-stream review`: what a preview of Pulumi means for each stream: shards, headroom, cost a month, policies, steps and losses.
 */
import { type CommandResult, type DefineCommand, examples, UsageError } from "./command";
import { pricesOf } from "./priceFile";
import { howToMake, readPreview, recipe } from "./review/preview";
import { reviewOf } from "./review/reviewed";
import { reviewMarkdown } from "./review/markdown";
import { reviewText } from "./review/text";

interface ReviewFlags {
    readonly markdown?: true;
    readonly prices?: string;
    readonly allowLoss?: readonly string[];
}

export const defineReview: DefineCommand = (program, act) => {
    program
        .command("review")
        .argument("[preview]", "file of a preview's events, or of pulumi preview --json; - for stdin")
        .description("review a Pulumi preview: shards, cost, policies, steps and losses of each stream")
        .option("--markdown", "print Markdown for the comment of a pull request")
        .option("--prices <file>", "JSON file with the prices of another region (default: us-east-1)")
        .option(
            "--allow-loss <name>",
            "a stream whose deletion or replacement is meant: a warning, exit code 0; several: again, or with commas",
            (names: string, others: readonly string[] = []) => [...others, ...names.split(",")],
        )
        .addHelpText(
            "after",
            `${examples(
                recipe,
                "sharded-stream review events.json",
                "sharded-stream review events.json --markdown > comment.md",
                "sharded-stream review --allow-loss orders --allow-loss clicks events.json",
                "sharded-stream review events.json --prices eu-west-1.json --json",
            )}
The plain document of a preview is read too; policies cannot be told from it:
  pulumi preview --json --show-sames > preview.json
Exit codes: 0 nothing of severity error, 1 a stream is deleted or replaced, a
mandatory policy speaks, the shards are too few, AWS would refuse a step, or the
preview stopped at a stream, 2 no preview, or a preview that failed.
`,
        )
        .action(act(async (flags: ReviewFlags, [file]) => review(file, flags)));
};

async function review(file: string | undefined, flags: ReviewFlags): Promise<CommandResult> {
    if (file === undefined)
        throw new UsageError(`name the file of a preview: sharded-stream review events.json. ${howToMake}`);
    const prices = pricesOf(flags.prices);
    const preview = await readPreview(file);
    const document = reviewOf(preview, prices, flags.allowLoss ?? []);
    const all = [...document.findings, ...document.streams.flatMap(({ findings }) => findings)];
    return {
        document,
        text: (terminal) => (flags.markdown ? reviewMarkdown(document) : reviewText(document, terminal)),
        ...(flags.markdown && { isVerbatim: true }),
        exitCode: all.some(({ severity }) => severity === "error") ? 1 : 0,
    };
}
