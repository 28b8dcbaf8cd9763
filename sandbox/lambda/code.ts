/**
 * Deployment packages: a function's zip, unpacked to a folder where its processes find it.
 */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { type Account, type Code, invalid } from "./state";
import { readZip, type ZipEntry } from "./zip";

const unpackedBytesMax = 262_144_000;

export function unpack(account: Account, zipFile: string | undefined): Code {
    if (zipFile === undefined) {
        throw invalid(
            "The sandbox takes the code of a function as a zip file in the request, not from S3 or an image.",
        );
    }
    const zip = Buffer.from(zipFile, "base64");
    const entries = filesOf(zip);
    account.codeFolder ??= fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "sharded-stream-functions-")));
    const folder = fs.mkdtempSync(path.join(account.codeFolder, "code-"));
    const task = taskRootOf({ folder });
    fs.mkdirSync(task);
    for (const { name, content } of entries) {
        const file = path.join(task, name);
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(file, content);
    }
    return { zip, sha256: createHash("sha256").update(zip).digest("base64"), folder };
}

/** The function's own files; beside them lies what the sandbox adds. */
export function taskRootOf({ folder }: Pick<Code, "folder">): string {
    return path.join(folder, "task");
}

function filesOf(zip: Buffer): ZipEntry[] {
    try {
        return readZip(zip, unpackedBytesMax);
    } catch (error) {
        throw invalid(
            `Could not unzip uploaded file. Please check your file, then try to upload again. (${(error as Error).message})`,
        );
    }
}
