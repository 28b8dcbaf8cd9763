/**
 * Temporary folders that do not outlive their process: removed when it ends, and by the next start when it was killed.
 */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const prefix = "sharded-stream-";
const ownerFile = "owner.pid";

/** A folder of this process alone. `parent` is where its siblings of killed processes are looked for. */
export function temporaryFolder(parent: string = os.tmpdir()): string {
    removeStaleFolders(parent);
    const folder = fs.mkdtempSync(path.join(parent, prefix));
    fs.writeFileSync(path.join(folder, ownerFile), String(process.pid));
    return folder;
}

export function removeFolder(folder: string): void {
    // A process that is just ending may still write into the folder.
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

/** Removes the folders whose process is gone, and returns them. */
export function removeStaleFolders(parent: string = os.tmpdir()): string[] {
    const stale = fs
        .readdirSync(parent)
        .filter((name) => name.startsWith(prefix))
        .map((name) => path.join(parent, name))
        .filter((folder) => {
            const owner = ownerOf(folder);
            return owner !== undefined && !isRunning(owner);
        });
    stale.forEach((folder) => {
        endProcessesOf(folder);
        removeFolder(folder);
    });
    return stale;
}

/** What a killed process had started knows its folder from the environment. Only Linux shows that to others. */
function endProcessesOf(folder: string): void {
    const processes = fs.existsSync("/proc/self/environ") ? fs.readdirSync("/proc") : [];
    for (const pid of processes.filter((name) => /^\d+$/.test(name))) {
        try {
            if (fs.readFileSync(`/proc/${pid}/environ`, "utf8").includes(`=${folder}${path.sep}`))
                process.kill(Number(pid), "SIGKILL");
        } catch {
            // It belongs to somebody else, or has ended meanwhile.
        }
    }
}

/** Undefined where the folder is not one of ours, or is just being made. */
function ownerOf(folder: string): number | undefined {
    try {
        const pid = Number(fs.readFileSync(path.join(folder, ownerFile), "utf8"));
        return Number.isInteger(pid) && pid > 0 ? pid : undefined;
    } catch {
        return undefined;
    }
}

export function isRunning(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        // EPERM: somebody else's process has this number, so it runs.
        return (error as NodeJS.ErrnoException).code === "EPERM";
    }
}
