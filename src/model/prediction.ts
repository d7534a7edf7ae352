// What a decision reads out of an answer, and how decisions and input features are declared.

export type PredictionKind = 'binary' | 'classes' | 'label' | 'regression' | 'vector' | 'ranking' | 'text';

/** What a decision reads out of an answer. `scores` holds one number for binary, one per class for classes. */
export interface Prediction {
  readonly kind: PredictionKind;
  /** The decision as text: what flips, and what a true outcome is compared with. Empty for a vector, which has none. */
  readonly label: string;
  readonly scores: readonly number[];
  /** Regression only: the value in the declared unit. */
  readonly value: number | null;
  /** Probability-like distance from doubt: the winning class's score; null when the kind has none. */
  readonly confidence: number | null;
  /** Vector only: the whole row. */
  readonly vector?: readonly number[];
  /** Ranking only: the ids that count, the best first, each once. */
  readonly items?: readonly string[];
  /** Text only: the text as it is compared. */
  readonly text?: string;
}

/** Predictions by decision name. */
export type Predictions = Readonly<Record<string, Prediction>>;

/** How one decision is read out of an answer: `output` names the tensor, `column` the class column if any. */
export interface Decision {
  readonly name: string;
  readonly output: string;
  readonly column: number | null;
  readonly kind: PredictionKind;
  /** Binary: the label is "true" above this score. */
  readonly threshold: number | null;
  /** Regression: the declared scale. */
  readonly scale: readonly [number, number] | null;
  /** Ranking only: how many places count, from the first. */
  readonly top?: number;
  /** A distance above this is material (for regression a fraction of the scale). Null: another label is what is material. */
  readonly material: number | null;
}

/** One declared model input; `index` is the column inside the tensor, null when the tensor is the feature. */
export interface InputFeature {
  readonly name: string;
  readonly tensor: string;
  readonly index: number | null;
  readonly type: 'number' | 'integer' | 'string' | 'boolean';
  readonly range: readonly [number, number] | null;
  readonly default: number | string | boolean | null;
  readonly zeroIsLegal: boolean;
}
