/**
 * The one place that names the engine's release and where it is kept.
 */
import * as os from "node:os";
import * as path from "node:path";
import { type Environment } from "./environment";

/** `npm run engine` downloads or builds exactly this release; newer ones are not tried. */
export const engineVersion = "3.259.0";

/** Outside of the checkout, so that every clone and every `git clean` shares one copy. */
export function engineFolder(environment: Environment = process.env): string {
    const cache = environment.XDG_CACHE_HOME || path.join(environment.HOME || os.homedir(), ".cache");
    return path.join(cache, "sharded-stream", `pulumi-v${engineVersion}-${process.platform}-${process.arch}`);
}

export function executable(folder: string, name = "pulumi"): string {
    return path.join(folder, process.platform === "win32" ? `${name}.exe` : name);
}
