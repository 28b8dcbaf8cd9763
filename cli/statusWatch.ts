/**
 * `status --watch`: looks again and again. What may pass is waited out beside what was seen last, so that a watch outlives a lost connection.
 */
import { mayPass, refusalOf } from "../stream/refusals";
import { refused } from "./awsErrors";
import { AwsRefusedError, type CommandContext, type CommandResult } from "./command";
import { Interrupted, type Live } from "./live";

/** What was seen, and when. */
export interface Look {
    readonly result: CommandResult;
    readonly atMs: number;
}

interface Watch {
    readonly live: Pick<Live, "name" | "pace">;
    readonly seconds: number;
    readonly context: Pick<CommandContext, "endUnread" | "print" | "signal" | "terminal">;
    readonly look: () => Promise<Look>;
}

/** Until Ctrl-C. @throws what the first look throws, and later what waiting does not mend */
export async function watch({ live, seconds, context, look }: Watch): Promise<CommandResult> {
    const { signal, terminal } = context;
    let seen = await look();
    let missed = "";
    context.endUnread();
    while (!signal.aborted) {
        context.print(terminal.interactive ? onScreen(seen, missed, context) : missed || seen.result.text(terminal));
        try {
            await live.pace.sleep(seconds * 1_000);
            seen = await look();
            missed = "";
        } catch (error) {
            if (error instanceof Interrupted || signal.aborted) continue;
            missed = whyMissed(error, seen, { live, seconds });
        }
    }
    return { ...seen.result, text: () => "" };
}

function onScreen({ result }: Look, missed: string, { terminal }: Pick<CommandContext, "terminal">): string {
    const clear = "\u001b[2J\u001b[H";
    const text = `${clear}${result.text(terminal)}`;
    return missed === "" ? text : `${text}\n\n${terminal.colours.red(missed)}`;
}

/** @throws what does not pass by itself */
function whyMissed(
    error: unknown,
    { atMs }: Look,
    { live: { name }, seconds }: Pick<Watch, "live" | "seconds">,
): string {
    const since = `${new Date(atMs).toISOString().slice(11, 19)} UTC`;
    if (mayPass(error)) {
        const { message } = refused(error, `stream ${name}`) as Error;
        return `Not seen since ${since}. ${message} Looking again in ${seconds} s.`;
    }
    if (refusalOf(error).meaning === "gone")
        throw new AwsRefusedError(`stream ${name} is gone: it was deleted while it was watched, after ${since}.`);
    throw error;
}
