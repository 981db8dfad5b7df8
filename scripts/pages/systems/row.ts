/**
 * @file What the page of systems says of one row of the inventory.
 */

/** One row. */
export interface Row {
  /** What the library offers: Markdown, where `{name}` is an exported name, which is linked to where it is documented. */
  offers: string;
  /** What shows it, beside the stories that name the row: files below examples/, or sections of guides such as `train.md#layers`. */
  shows?: readonly string[];
  /** Set where there is nothing to compute, only something to know. */
  words?: true;
}

/** Rows by their number. */
export type Rows = Readonly<Record<number, Row>>;
