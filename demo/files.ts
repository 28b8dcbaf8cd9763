/**
 * Files that a rehearsal is given: why one cannot be read, or is none that can be used, before anything is started.
 */
import { existsSync, statSync } from "node:fs";
import path from "node:path";

export function whyUnreadable(error: unknown): string {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return "there is no such file";
    return code === "EISDIR" ? "it is a directory; name a file" : message;
}

/** Why a folder is no policy pack; undefined where it is one. */
export function noPolicyPack(folder: string): string | undefined {
    if (!existsSync(folder)) return "there is no such folder";
    if (!statSync(folder).isDirectory()) return "it is a file; name the folder of the policy pack";
    const isOne = ["yaml", "yml", "json"].some((end) => existsSync(path.join(folder, `PulumiPolicy.${end}`)));
    return isOne ? undefined : "it has no PulumiPolicy.yaml";
}
