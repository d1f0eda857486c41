/** Shapes of one sample in full; `atdata_nb/widgets/whole/` writes them. */

/** Numbers of the items that lead to a value inside a sample. */
export type Path = number[];

export interface Where {
  key: string;
  row: number;
}

export interface PlaneShape {
  /** Lengths of the axes that choose a picture. */
  axes: number[];
  width: number;
  height: number;
  /** 0 of a heat map. */
  channels: number;
}

export interface Part {
  name: string;
  path: Path;
  kind:
    | "missing" | "number" | "bool" | "text" | "bytes" | "image" | "sound" | "array" | "nested"
    | "fault";
  type: string;
  text: string;
  /** Of a text: how many characters, and where the rest of it begins; 0 if there is none. */
  length?: number;
  next?: number;
  /** Of bytes and arrays. */
  size?: number;
  /** Of an image file. */
  width?: number;
  height?: number;
  plane?: PlaneShape;
  /** Of a sound: its outline within [0, 1], and what kind of file it is sent as. */
  curve?: number[];
  media?: string;
  /** Of a nested value: how many items. */
  count?: number;
}

export interface Parts {
  parts: Part[];
  first: number;
  count: number;
}

export interface Sample extends Parts {
  done: true;
  row: number;
  total: number | null;
  key: string;
  shard: string;
  offset: number | null;
  size: number;
  /** Why the sample does not decode; empty if it does. */
  fault: string;
}

/** The sample lies further on in shards that can only be read in order: ask again. */
export interface NotYet {
  done: false;
  looked: number;
}

export interface Numbers {
  facts: [string, string][];
  histogram: { counts: number[]; low: string; high: string } | null;
  curve: number[];
  /** The first elements. */
  head: string;
  /** What the facts are made from, where that is not the whole array. */
  basis: string;
}

/** Comes with two buffers: the PNG, and the values as float64 where they are few. */
export interface PictureFacts {
  width: number;
  height: number;
  /** What black and white stand for, in an array. */
  low: string;
  high: string;
}

export interface WholeRequests {
  sample: { ask: Where & { fresh?: boolean }; answer: Sample | NotYet };
  branch: { ask: Where & { path: Path; first: number }; answer: Parts };
  text: {
    ask: Where & { path: Path; offset: number };
    answer: { text: string; length: number; next: number };
  };
  bytes: {
    ask: Where & { path: Path; offset: number; count: number };
    answer: { offset: number; size: number };
  };
  numbers: { ask: Where & { path: Path }; answer: Numbers };
  picture: { ask: Where & { path: Path; at: number[] }; answer: PictureFacts };
  play: { ask: Where & { path: Path }; answer: { media: string; cut: number } };
}
