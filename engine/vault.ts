/**
 * The key of a sandbox's stacks. The CLI would make it from a passphrase, a million rounds that take a third of a second of each operation;
 * a vault it asks once. This one keeps nothing secret: the state is in a temporary folder, and what is in it goes with the sandbox.
 */
import { createServer } from "node:http";
import { type AddressInfo } from "node:net";

export interface Vault {
    /** How the CLI finds it. */
    readonly environment: Record<string, string>;
    /** The lines of a stack's configuration that name it. */
    readonly stackSettings: string;
    stop(): void;
}

const seal = "vault:v1:";
const dataKey = Buffer.alloc(32, "sandbox").toString("base64");

/** Serves what `hashivault://` uses of Vault's transit engine, with one key. */
export async function openVault(): Promise<Vault> {
    const server = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on("data", (chunk: Buffer) => chunks.push(chunk));
        request.on("end", () => {
            const data = answerTo(Buffer.concat(chunks).toString());
            response.writeHead(data === undefined ? 400 : 200, { "Content-Type": "application/json" });
            response.end(JSON.stringify({ data }));
        });
    }).unref();
    await new Promise<void>((resolve, reject) => {
        server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as AddressInfo;
    const encryptedKey = Buffer.from(seal + dataKey).toString("base64");
    return {
        environment: { VAULT_SERVER_URL: `http://127.0.0.1:${port}`, VAULT_SERVER_TOKEN: "sandbox" },
        stackSettings: `secretsprovider: hashivault://sandbox\nencryptedkey: ${encryptedKey}\n`,
        stop: () => {
            server.close();
            server.closeAllConnections();
        },
    };
}

/** What is to be encrypted is given back with a seal, and what is to be decrypted without; undefined: the question is neither. */
function answerTo(body: string): { ciphertext: string } | { plaintext: string } | undefined {
    const { plaintext, ciphertext } = fieldsOf(body);
    if (typeof plaintext === "string") return { ciphertext: seal + plaintext };
    if (typeof ciphertext !== "string" || !ciphertext.startsWith(seal)) return undefined;
    return { plaintext: ciphertext.slice(seal.length) };
}

function fieldsOf(body: string): Readonly<Record<string, unknown>> {
    try {
        return Object(JSON.parse(body)) as Record<string, unknown>;
    } catch {
        return {};
    }
}

/** Whether a stack's configuration says itself what encrypts its secrets. */
export function hasOwnKey(stackConfiguration: string): boolean {
    return /^(encryptionsalt|secretsprovider):/m.test(stackConfiguration);
}
