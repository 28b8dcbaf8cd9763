/**
 * What programs print to be pasted into a shell.
 */

/** A word for a shell, in quotes where it needs them. */
export function quoted(word: string): string {
    return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Lines that give a shell the environment of a sandbox. A profile or a session of the machine's user would win over the dummy credentials. */
export function environmentLines(environment: Readonly<Record<string, string>>): string[] {
    const exported = Object.entries(environment).map(([name, value]) => `export ${name}=${quoted(value)}`);
    return ["unset AWS_PROFILE AWS_SESSION_TOKEN", ...exported];
}
