/**
 * An expression cut into tokens, and the reader that the parsers of metric math, Metrics Insights and alarm rules share.
 */

export interface Token {
    /** The name of the pattern's group that found it; "end" after the last one. */
    readonly kind: string;
    readonly text: string;
    /** Where it begins. */
    readonly at: number;
}

export interface Language {
    /** Sticky; each of its named groups is a kind of token. */
    readonly pattern: RegExp;
    /** What is said where something else was expected; `found` is undefined at the end. */
    readonly unexpected: (expected: string, found: string | undefined, at: number) => string;
}

/** The error that tells what of a text cannot be read. */
export type Refusal = (detail: string) => Error;

export class TokenReader {
    readonly #tokens: readonly Token[];
    #position = 0;

    /** @throws the refusal for a character that begins no token */
    constructor(
        text: string,
        private readonly language: Language,
        readonly refusal: Refusal,
    ) {
        this.#tokens = this.#tokenize(text);
    }

    get next(): Token {
        return this.#tokens[this.#position]!;
    }

    /** The text of the next token, which is then behind. */
    advance(): string {
        const { text } = this.next;
        this.#position++;
        return text;
    }

    /** Whether a symbol or a word (in capitals here, in any case there) comes next; then it is taken. */
    take(wanted: string): boolean {
        const { kind, text } = this.next;
        if ((kind !== "symbol" && kind !== "word") || text.toUpperCase() !== wanted) return false;
        this.#position++;
        return true;
    }

    expect(wanted: string): void {
        if (!this.take(wanted)) throw this.unexpected(/\w/.test(wanted) ? wanted : `'${wanted}'`);
    }

    /** The text of the next token, which must be of one of these kinds. */
    expectKind(what: string, ...kinds: readonly string[]): string {
        if (!kinds.includes(this.next.kind)) throw this.unexpected(what);
        return this.advance();
    }

    /** One or more, with commas between them. */
    list<Item>(item: () => Item): Item[] {
        const items = [item()];
        while (this.take(",")) items.push(item());
        return items;
    }

    unexpected(expected: string): Error {
        const { kind, text, at } = this.next;
        return this.refusal(this.language.unexpected(expected, kind === "end" ? undefined : text, at));
    }

    #tokenize(text: string): Token[] {
        const { source, flags } = this.language.pattern;
        const pattern = new RegExp(source, flags);
        const tokens: Token[] = [];
        const end = text.trimEnd().length;
        while (pattern.lastIndex < end) {
            const rest = text.slice(pattern.lastIndex);
            const at = text.length - rest.trimStart().length;
            const groups = Object.entries(pattern.exec(text)?.groups ?? {});
            const found = groups.find(([, value]) => value !== undefined);
            if (!found) throw this.refusal(`Unexpected '${text.charAt(at)}'.`);
            tokens.push({ kind: found[0], text: found[1], at });
        }
        return [...tokens, { kind: "end", text: "", at: end }];
    }
}
