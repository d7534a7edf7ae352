// A random rotation that turns every vector by the same angle, in O(size) time and memory: pairs of axes of a mirrored
// coordinate system, each turned in its plane. A full random matrix would cost size × size per request.
import type { Random } from '../random.ts';

export interface Rotation {
  readonly size: number;
  readonly cosine: number;
  readonly sine: number;
  /** Unit normal of the mirror (Householder, 1958) that takes the axes to new ones and back. */
  readonly mirror: readonly number[];
  /** Axes in random order: the first turns with the second, the third with the fourth. Of an odd number the last stays. */
  readonly order: readonly number[];
}

export function createRotation(random: Random, { size, degrees }: { size: number; degrees: number }): Rotation {
  const normals = Array.from({ length: size }, () => random.normal());
  const length = lengthOf(normals);
  const mirror = normals.map((value) => (length > 0 ? value / length : 0));
  const order = Array.from({ length: size }, (_, axis) => axis);
  for (let last = size - 1; last > 0; last--) {
    const other = Math.floor(random.uniform() * (last + 1));
    [order[last], order[other]] = [order[other] as number, order[last] as number];
  }
  const angle = (degrees * Math.PI) / 180;
  return { size, cosine: Math.cos(angle), sine: Math.sin(angle), mirror, order };
}

/** The turned vector. Its greatest number is taken out first, so that no square overflows. */
export function rotated(vector: readonly number[], { cosine, sine, mirror, order }: Rotation): readonly number[] {
  const greatest = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (greatest === 0) return vector;
  const turned = mirrored(
    vector.map((value) => value / greatest),
    mirror,
  );
  for (let place = 0; place + 1 < order.length; place += 2) {
    const [one, other] = [order[place] as number, order[place + 1] as number];
    const [x, y] = [turned[one] as number, turned[other] as number];
    turned[one] = cosine * x - sine * y;
    turned[other] = sine * x + cosine * y;
  }
  return mirrored(turned, mirror).map((value) => value * greatest);
}

function mirrored(vector: readonly number[], normal: readonly number[]): number[] {
  const along = 2 * vector.reduce((sum, value, axis) => sum + value * (normal[axis] as number), 0);
  return vector.map((value, axis) => value - along * (normal[axis] as number));
}

function lengthOf(vector: readonly number[]): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
}
