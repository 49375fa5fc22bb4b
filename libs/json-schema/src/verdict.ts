/** What is wrong with a document, or with a schema: `path` is dotted, as in `items.0.name`; empty for the whole. */
export type SchemaFault = { readonly path: string; readonly message: string };

/** What became of checking one document. */
export type Verdict =
  | { readonly outcome: 'fits' }
  /** At most 20 faults. */
  | { readonly outcome: 'misfit'; readonly faults: readonly SchemaFault[] }
  /** The schema does not compile. */
  | { readonly outcome: 'unusable'; readonly reason: string }
  /** It took too long or too much memory. */
  | { readonly outcome: 'unchecked'; readonly reason: string }
  /** It was not looked at: its group has too many waiting (`crowded`), or its turn did not come in time (`late`). */
  | { readonly outcome: 'busy'; readonly why: 'crowded' | 'late'; readonly reason: string };

/** What a thread is sent: JSON texts. Without a document the schema is compiled and tried. */
export type CheckRequest = { readonly schema: string; readonly document: string | null };
