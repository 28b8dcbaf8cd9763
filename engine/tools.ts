/**
 * What finding and installing an engine does outside of this process; tests bring their own.
 */
import { spawn } from "node:child_process";

export interface Ran {
    /** Undefined: it could not be started, or was ended for its time. */
    readonly exitCode: number | undefined;
    readonly output: string;
}

/** What happens outside of this process. */
export interface InstallTools {
    run(
        command: string,
        args: readonly string[],
        options: { cwd?: string; environment: Record<string, string>; secondsMax: number },
    ): Promise<Ran>;
    /** Undefined where the address answers within the time, otherwise why not. */
    unreachable(url: string, secondsMax: number): Promise<string | undefined>;
    nowMs(): number;
}

export const installTools: InstallTools = {
    run: (command, args, { cwd, environment, secondsMax }) =>
        new Promise((resolve) => {
            const child = spawn(command, args, { cwd, env: environment, stdio: ["ignore", "pipe", "pipe"] });
            const outputMax = 64 * 1024;
            let output = "";
            const keep = (text: string) => (output = (output + text).slice(-outputMax));
            child.stdout.setEncoding("utf8").on("data", keep);
            child.stderr.setEncoding("utf8").on("data", keep);
            const limit = setTimeout(() => {
                keep(`\nit took more than ${secondsMax} s`);
                child.kill("SIGKILL");
            }, secondsMax * 1000);
            const endWithUs = () => child.kill("SIGKILL");
            process.once("exit", endWithUs);
            const finish = (ran: Ran) => {
                clearTimeout(limit);
                process.off("exit", endWithUs);
                resolve(ran);
            };
            child.on("error", (error) => finish({ exitCode: undefined, output: error.message }));
            child.on("close", (code) => finish({ exitCode: code ?? undefined, output }));
        }),
    unreachable: async (url, secondsMax) => {
        try {
            const response = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(secondsMax * 1000) });
            return response.ok ? undefined : `it answers with status ${response.status}.`;
        } catch (error) {
            const { name, message, cause } = error as Error & { cause?: Error };
            return name === "TimeoutError" ? `no answer within ${secondsMax} s.` : `${cause?.message || message}.`;
        }
    },
    nowMs: () => performance.now(),
};

/** Of what a command wrote: what is worth a line. */
export function lastLines(output: string): string {
    const lines = output.split("\n").filter((line) => line.trim() !== "");
    return lines.slice(-2).join(" ").trim();
}
