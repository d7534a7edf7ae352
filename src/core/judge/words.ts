// Numbers as people read them in verdicts.

/** A fraction as per cent: three significant digits from 0.1 % up, two below; never "0 %" for something that is not zero. */
export function percent(fraction: number): string {
  const value = 100 * fraction;
  const size = Math.abs(value);
  if (size === 0) return '0 %';
  if (size >= 99.95) return `${round(value, 2)} %`;
  return `${round(value, size >= 10 ? 1 : size >= 0.1 ? 2 : 3 - Math.ceil(Math.log10(size)))} %`;
}

/** The same without the sign, for the ends of an interval. A thousandfold and more is where a multiple was not bounded yet. */
export function boundNumber(fraction: number): string {
  return fraction >= 1000 ? 'over 100,000' : percent(fraction).replace(' %', '');
}

/** A number that is no share, to three significant digits. */
export function plain(number: number): string {
  return String(Number(number.toPrecision(3)));
}

/** 1234567 as 1,234,567. */
export function whole(number: number): string {
  return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, ',');
}

function round(value: number, digits: number): string {
  const text = value.toFixed(Math.min(20, digits));
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
