// What phone numbers look like: calling codes with the lengths behind them (ITU E.164), and how countries group the numbers they dial at home.

/** Least and most digits behind the calling code; all others have 7 to 12. */
const LENGTHS = new Map<string, readonly [number, number]>([
  ['1', [10, 10]],
  ['7', [10, 10]],
  ['31', [9, 9]],
  ['32', [8, 9]],
  ['33', [9, 9]],
  ['34', [9, 9]],
  ['39', [6, 11]],
  ['41', [9, 9]],
  ['43', [5, 13]],
  ['44', [9, 10]],
  ['45', [8, 8]],
  ['46', [7, 9]],
  ['47', [8, 8]],
  ['48', [9, 9]],
  ['49', [6, 12]],
  ['52', [10, 10]],
  ['55', [10, 11]],
  ['61', [9, 9]],
  ['81', [9, 10]],
  ['86', [9, 11]],
  ['90', [10, 10]],
  ['91', [10, 10]],
]);
const USUAL = [7, 12] as const;
const CODE =
  /^(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|2[1-69]\d|3[578]\d|42\d|50\d|59\d|6[789]\d|80\d|85\d|87\d|88\d|96\d|97\d|99\d)/;
const ITALY = '39';

/**
 * @param digits behind `+` or `00`, without separators
 * @returns whether they are a calling code and as many digits as may follow it; a zero that is only dialled at home may stand between
 */
export function isInternational(digits: string): boolean {
  const code = CODE.exec(digits)?.[0];
  if (code === undefined) return false;
  const rest = digits.slice(code.length);
  const national = code === ITALY ? rest : rest.replace(/^0/, '');
  const [least, most] = LENGTHS.get(code) ?? USUAL;
  return national.length >= least && national.length <= most && !national.startsWith('00');
}

/** Groups of digits as they are written, `3-3-4`, with the digits that they begin with. */
interface Shape {
  groups: readonly string[];
  digits: RegExp;
  /** Separators without which it may be any number: `212 555 0187` needs a word that says what it is, `212-555-0187` does not. */
  marks?: RegExp;
}

const SHAPES: readonly Shape[] = [
  { groups: ['3-3-4'], digits: /^[2-9]\d{2}[2-9]\d{6}$/, marks: /[-.()]/ },
  { groups: ['1-3-3-4'], digits: /^1[2-9]\d{2}[2-9]\d{6}$/ },
  { groups: ['1-3-3-2-2'], digits: /^8[3489]\d{9}$/ },
  // Not 01 02 03 04 05, which counts.
  { groups: ['2-2-2-2-2'], digits: /^(?!0102|0203|0304|0405|0506|0607|0708|0809|0910)0[1-79]\d{8}$/ },
  {
    groups:
      '2-7 2-8 2-4-4 2-3-2-2 3-4-4 3-6 3-7 3-8 3-3-4 3-3-2-2 4-6 4-7 4-8 4-3-2-2 4-3-3 4-3-4 4-2-2-2 5-5 5-6 5-3-3'.split(
        ' ',
      ),
    digits: /^0[1-9]\d{7,10}$/,
  },
];

/** Whether the grouping alone says that it is a phone number as it is dialled inside of some country. */
export const isNational = (grouping: string, digits: string, separators: string): boolean =>
  SHAPES.some(
    ({ groups, digits: first, marks }) =>
      groups.includes(grouping) && first.test(digits) && (marks === undefined || marks.test(separators)),
  );

/** Years, months and days in either order. */
export const isDate = (grouping: string, digits: string): boolean =>
  (grouping === '4-2-2' && /^(?:19|20)/.test(digits)) ||
  (grouping === '2-2-4' && /^..(?:..)(?:19|20)/.test(digits));
